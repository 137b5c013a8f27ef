#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// libsrtp2, as the other end that tests talk to.
typedef struct cr_session cr_session;

/// One direction of all SSRCs. `profile` is the DTLS-SRTP number: 1, 7 or 8. `key` is master key and salt in one piece.
cr_session *cr_open(uint16_t profile, const void *key, bool sends);
void cr_close(cr_session *session);

/// Each works in place and returns the new length, or minus libsrtp's error number.
int cr_protect(cr_session *session, void *packet, int length);
int cr_unprotect(cr_session *session, void *packet, int length);
int cr_protect_rtcp(cr_session *session, void *packet, int length);
int cr_unprotect_rtcp(cr_session *session, void *packet, int length);

/// Sets the rollover counter of a stream that has been seen.
bool cr_set_rollover(cr_session *session, uint32_t ssrc, uint32_t rollover);
