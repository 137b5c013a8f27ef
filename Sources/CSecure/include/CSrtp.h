#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CAttributes.h"

/// The transforms of SRTP, without its packet formats: AES in counter mode, HMAC-SHA1 and AES-GCM.
///
/// A destination is either the source itself or does not overlap it.

/// One thread's tools: Intel's multi-buffer manager or OpenSSL's contexts, and the tags that are still to be computed.
typedef struct cs_cipher cs_cipher;
/// One session key, expanded for the library of the cipher that set it. The caller provides the memory.
typedef struct cs_session cs_session;

enum {
    CS_SESSION_BYTES = 1088,
    CS_SESSION_ALIGNMENT = 64,
    /// Tags that wait for `cs_finish`; one more and the batch is computed at once.
    CS_PENDING_MAX = 64,
};

enum { CS_LIBRARY_IPSEC_MB = 1, CS_LIBRARY_OPENSSL = 2 };

/// Whether the library is built in and runs on this processor.
bool cs_library_available(int library);
/// NULL when the library is not available or memory is short.
cs_cipher *cs_cipher_make(int library);
void cs_cipher_free(cs_cipher *cipher);

/// Expands an AES-GCM key of 16 or 32 bytes.
CS_NO_LOCKS void cs_session_set_gcm(cs_cipher *cipher, cs_session *session, const void *key, size_t key_bytes);
/// Expands an AES-CM key of 16 bytes and an HMAC-SHA1 key of 20.
CS_NO_LOCKS void cs_session_set_cm(cs_cipher *cipher, cs_session *session, const void *key, const void *hmac_key);
/// Writes the key stream of AES-CM under a key of 16 or 32 bytes: the function that derives session keys.
CS_NO_LOCKS void cs_key_stream(
    cs_cipher *cipher, const void *key, size_t key_bytes, uint64_t iv_high, uint64_t iv_low, void *out, size_t bytes);
/// Overwrites memory in a way that the compiler keeps.
CS_NO_LOCKS void cs_wipe(void *memory, size_t bytes);

/// The 96-bit IV is `iv_high` followed by `iv_low`, both big-endian on the wire. The tag has 16 bytes.
CS_NO_LOCKS void cs_gcm_seal(
    cs_cipher *cipher, const cs_session *session, void *out, const void *source, size_t bytes, uint32_t iv_high,
    uint64_t iv_low, const void *clear, size_t clear_bytes, void *tag);
/// False when the tag does not match; then `out` holds zeros.
CS_NO_LOCKS bool cs_gcm_open(
    cs_cipher *cipher, const cs_session *session, void *out, const void *source, size_t bytes, uint32_t iv_high,
    uint64_t iv_low, const void *clear, size_t clear_bytes, const void *tag);

/// The same in place, where what is authenticated in clear are eight bytes and a word, big-endian.
CS_NO_LOCKS void cs_gcm_seal_with_word(
    cs_cipher *cipher, const cs_session *session, void *text, size_t bytes, uint32_t iv_high, uint64_t iv_low,
    const void *clear, uint32_t word, void *tag);
CS_NO_LOCKS bool cs_gcm_open_with_word(
    cs_cipher *cipher, const cs_session *session, void *text, size_t bytes, uint32_t iv_high, uint64_t iv_low,
    const void *clear, uint32_t word, const void *tag);

/// AES-CM: the same operation in both directions.
CS_NO_LOCKS void cs_counter_mode(
    cs_cipher *cipher, const cs_session *session, void *out, const void *source, size_t bytes, uint64_t iv_high,
    uint64_t iv_low);
/// Computes the HMAC-SHA1 of `data` by the next `cs_finish`, and then writes its first 10 bytes to `tag`. Neither `data` nor
/// the session may change before that. `tag` may lie within `data`: it is written after everything has been read.
CS_NO_LOCKS void cs_tag_later(
    cs_cipher *cipher, const cs_session *session, const void *data, size_t bytes, void *tag);
/// The same at once.
CS_NO_LOCKS void cs_tag_now(const cs_session *session, const void *data, size_t bytes, void *tag);
CS_NO_LOCKS void cs_finish(cs_cipher *cipher);
/// Compares the first 10 bytes of the HMAC-SHA1 of `data` with `tag`, in constant time.
CS_NO_LOCKS bool cs_tag_matches(const cs_session *session, const void *data, size_t bytes, const void *tag);
/// The same over `data` followed by a big-endian word.
CS_NO_LOCKS bool cs_tag_matches_with_word(
    const cs_session *session, const void *data, size_t bytes, uint32_t word, const void *tag);
