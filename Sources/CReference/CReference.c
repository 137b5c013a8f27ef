#include "CReference.h"

#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

struct cr_session {
    srtp_t srtp;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void initialise(void) {
    if (srtp_init() != srtp_err_status_ok) abort();
}

static bool set_policy(srtp_policy_t *policy, uint16_t profile) {
    srtp_profile_t named = (srtp_profile_t)profile;
    return srtp_crypto_policy_set_from_profile_for_rtp(&policy->rtp, named) == srtp_err_status_ok
        && srtp_crypto_policy_set_from_profile_for_rtcp(&policy->rtcp, named) == srtp_err_status_ok;
}

cr_session *cr_open(uint16_t profile, const void *key, bool sends) {
    pthread_once(&once, initialise);
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    if (!set_policy(&policy, profile)) return NULL;
    policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = (unsigned char *)key;
    policy.window_size = 128;
    cr_session *session = calloc(1, sizeof *session);
    if (srtp_create(&session->srtp, &policy) == srtp_err_status_ok) return session;
    free(session);
    return NULL;
}

void cr_close(cr_session *session) {
    srtp_dealloc(session->srtp);
    free(session);
}

int cr_protect(cr_session *session, void *packet, int length) {
    srtp_err_status_t status = srtp_protect(session->srtp, packet, &length);
    return status == srtp_err_status_ok ? length : -(int)status;
}

int cr_unprotect(cr_session *session, void *packet, int length) {
    srtp_err_status_t status = srtp_unprotect(session->srtp, packet, &length);
    return status == srtp_err_status_ok ? length : -(int)status;
}

int cr_protect_rtcp(cr_session *session, void *packet, int length) {
    srtp_err_status_t status = srtp_protect_rtcp(session->srtp, packet, &length);
    return status == srtp_err_status_ok ? length : -(int)status;
}

int cr_unprotect_rtcp(cr_session *session, void *packet, int length) {
    srtp_err_status_t status = srtp_unprotect_rtcp(session->srtp, packet, &length);
    return status == srtp_err_status_ok ? length : -(int)status;
}

bool cr_set_rollover(cr_session *session, uint32_t ssrc, uint32_t rollover) {
    return srtp_set_stream_roc(session->srtp, ssrc, rollover) == srtp_err_status_ok;
}
