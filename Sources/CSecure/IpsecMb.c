#include "Transforms.h"

#if HAVE_IPSEC_MB

#include <openssl/crypto.h>

IMB_MGR *ipsec_make(void) {
    IMB_MGR *manager = alloc_mb_mgr(0);
    if (!manager) return NULL;
    IMB_ARCH chosen;
    init_mb_mgr_auto(manager, &chosen);
    if (imb_get_errno(manager) == 0) return manager;
    free_mb_mgr(manager);
    return NULL;
}

void ipsec_set_gcm(IMB_MGR *manager, cs_session *session, const void *key, size_t key_bytes) {
    if (key_bytes == 32) IMB_AES256_GCM_PRE(manager, key, &session->gcm);
    else IMB_AES128_GCM_PRE(manager, key, &session->gcm);
}

void ipsec_set_cm(IMB_MGR *manager, cs_session *session, const void *key) {
    _Alignas(64) uint8_t decryption[SCHEDULE_BYTES];
    IMB_AES_KEYEXP_128(manager, key, session->schedule, decryption);
    OPENSSL_cleanse(decryption, sizeof decryption);
}

/// A burst of cipher jobs is done when the call returns; it needs none of the manager's queue.
static void counter_mode(
    IMB_MGR *manager, const void *schedule, IMB_KEY_SIZE_BYTES key_size, void *out, const void *source, size_t bytes,
    const uint8_t iv[16]) {
    IMB_JOB job;
    job.enc_keys = schedule;
    job.key_len_in_bytes = key_size;
    job.src = source;
    job.dst = out;
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = bytes;
    job.iv = iv;
    job.iv_len_in_bytes = 16;
    IMB_SUBMIT_CIPHER_BURST_NOCHECK(manager, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, key_size);
}

void ipsec_key_stream(
    IMB_MGR *manager, const void *key, size_t key_bytes, const uint8_t iv[16], void *out, size_t bytes) {
    _Alignas(64) uint8_t schedule[2][SCHEDULE_BYTES];
    if (key_bytes == 32) IMB_AES_KEYEXP_256(manager, key, schedule[0], schedule[1]);
    else IMB_AES_KEYEXP_128(manager, key, schedule[0], schedule[1]);
    memset(out, 0, bytes);
    IMB_KEY_SIZE_BYTES size = key_bytes == 32 ? IMB_KEY_256_BYTES : IMB_KEY_128_BYTES;
    counter_mode(manager, schedule[0], size, out, out, bytes, iv);
    OPENSSL_cleanse(schedule, sizeof schedule);
}

void ipsec_counter_mode(
    IMB_MGR *manager, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[16]) {
    counter_mode(manager, session->schedule, IMB_KEY_128_BYTES, out, source, bytes, iv);
}

void ipsec_gcm_seal(
    IMB_MGR *manager, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, void *tag) {
    struct gcm_context_data state;
    if (session->key_bytes == 32)
        IMB_AES256_GCM_ENC(
            manager, &session->gcm, &state, out, source, bytes, iv, clear, clear_bytes, tag, GCM_TAG_BYTES);
    else
        IMB_AES128_GCM_ENC(
            manager, &session->gcm, &state, out, source, bytes, iv, clear, clear_bytes, tag, GCM_TAG_BYTES);
}

bool ipsec_gcm_open(
    IMB_MGR *manager, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, const void *tag) {
    struct gcm_context_data state;
    uint8_t computed[GCM_TAG_BYTES];
    if (session->key_bytes == 32)
        IMB_AES256_GCM_DEC(
            manager, &session->gcm, &state, out, source, bytes, iv, clear, clear_bytes, computed, GCM_TAG_BYTES);
    else
        IMB_AES128_GCM_DEC(
            manager, &session->gcm, &state, out, source, bytes, iv, clear, clear_bytes, computed, GCM_TAG_BYTES);
    return CRYPTO_memcmp(computed, tag, GCM_TAG_BYTES) == 0;
}

void ipsec_digests(cs_cipher *cipher) {
    for (size_t at = 0; at < cipher->pending_count; at++) {
        const pending_tag *pending = &cipher->pending[at];
        IMB_JOB *job = &cipher->jobs[at];
        job->src = pending->data;
        job->hash_start_src_offset_in_bytes = 0;
        job->msg_len_to_hash_in_bytes = pending->bytes;
        job->auth_tag_output = cipher->digests[at];
        // Any length but 12 is taken for 20 by the library: the first ten are copied from here.
        job->auth_tag_output_len_in_bytes = HMAC_DIGEST_BYTES;
        job->u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)pending->session->hmac.inner;
        job->u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)pending->session->hmac.outer;
    }
    IMB_SUBMIT_HASH_BURST_NOCHECK(
        cipher->manager, cipher->jobs, (uint32_t)cipher->pending_count, IMB_AUTH_HMAC_SHA_1);
}

#endif
