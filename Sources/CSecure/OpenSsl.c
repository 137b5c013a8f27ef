#include "Transforms.h"

#include <openssl/crypto.h>

// The portable path. Contexts are made and their algorithms fetched once; after that a packet sets an IV, and a change
// of key expands it in place. Nothing here allocates or locks after openssl_make.

static bool make_context(openssl_context *context, const EVP_CIPHER *algorithm, int encrypts) {
    context->is_keyed = false;
    context->evp = EVP_CIPHER_CTX_new();
    return context->evp && EVP_CipherInit_ex(context->evp, algorithm, NULL, NULL, NULL, encrypts) == 1;
}

bool openssl_make(openssl_tools *tools) {
    const EVP_CIPHER *gcm[2] = {EVP_aes_128_gcm(), EVP_aes_256_gcm()};
    const EVP_CIPHER *counter[2] = {EVP_aes_128_ctr(), EVP_aes_256_ctr()};
    for (int size = 0; size < 2; size++) {
        if (!make_context(&tools->seal[size], gcm[size], 1)) return false;
        if (!make_context(&tools->open[size], gcm[size], 0)) return false;
        if (!make_context(&tools->counter[size], counter[size], 1)) return false;
    }
    return true;
}

void openssl_free(openssl_tools *tools) {
    for (int size = 0; size < 2; size++) {
        EVP_CIPHER_CTX_free(tools->seal[size].evp);
        EVP_CIPHER_CTX_free(tools->open[size].evp);
        EVP_CIPHER_CTX_free(tools->counter[size].evp);
    }
    OPENSSL_cleanse(tools, sizeof *tools);
}

/// Gives the context its IV, and its key when another one is in it.
static void start(openssl_context *context, const uint8_t *key, size_t key_bytes, const uint8_t *iv) {
    if (context->is_keyed && CRYPTO_memcmp(context->key, key, key_bytes) == 0) key = NULL;
    EVP_CipherInit_ex(context->evp, NULL, NULL, key, iv, -1);
    if (!key) return;
    memcpy(context->key, key, key_bytes);
    context->is_keyed = true;
}

static void counter_mode(
    openssl_context *context, const uint8_t *key, size_t key_bytes, const uint8_t iv[16], void *out, const void *source,
    size_t bytes) {
    int written;
    start(context, key, key_bytes, iv);
    EVP_CipherUpdate(context->evp, out, &written, source, (int)bytes);
}

void openssl_key_stream(
    openssl_tools *tools, const void *key, size_t key_bytes, const uint8_t iv[16], void *out, size_t bytes) {
    memset(out, 0, bytes);
    openssl_context *context = &tools->counter[key_bytes == 32];
    counter_mode(context, key, key_bytes, iv, out, out, bytes);
    // A master key is used once, and need not stay behind.
    uint8_t zero[KEY_BYTES_MAX] = {0};
    EVP_CipherInit_ex(context->evp, NULL, NULL, zero, iv, -1);
    OPENSSL_cleanse(context->key, sizeof context->key);
    context->is_keyed = false;
}

void openssl_counter_mode(
    openssl_tools *tools, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[16]) {
    counter_mode(
        &tools->counter[session->key_bytes == 32], session->key, session->key_bytes, iv, out, source, bytes);
}

void openssl_gcm_seal(
    openssl_tools *tools, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, void *tag) {
    openssl_context *context = &tools->seal[session->key_bytes == 32];
    int written;
    start(context, session->key, session->key_bytes, iv);
    EVP_CipherUpdate(context->evp, NULL, &written, clear, (int)clear_bytes);
    if (bytes) EVP_CipherUpdate(context->evp, out, &written, source, (int)bytes);
    uint8_t rest[16];
    EVP_CipherFinal_ex(context->evp, rest, &written);
    EVP_CIPHER_CTX_ctrl(context->evp, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, tag);
}

bool openssl_gcm_open(
    openssl_tools *tools, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, const void *tag) {
    openssl_context *context = &tools->open[session->key_bytes == 32];
    int written;
    start(context, session->key, session->key_bytes, iv);
    EVP_CIPHER_CTX_ctrl(context->evp, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, (void *)tag);
    EVP_CipherUpdate(context->evp, NULL, &written, clear, (int)clear_bytes);
    if (bytes) EVP_CipherUpdate(context->evp, out, &written, source, (int)bytes);
    uint8_t rest[16];
    return EVP_CipherFinal_ex(context->evp, rest, &written) == 1;
}
