#include "CDtlsAlert.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum { header_bytes = 13, tag_bytes = 16, alert_bytes = 2, alert_type = 21, key_block_bytes_max = 88 };

// Records of OpenSSL's in this epoch had the numbers 0, 1, and so on: a Finished, and repeated ones.
static const uint64_t own_record_number = 1 << 20;

static int is_gcm(const cd_alert_keys *keys) { return EVP_CIPHER_get_mode(keys->cipher) == EVP_CIPH_GCM_MODE; }
static size_t iv_bytes(const cd_alert_keys *keys) { return is_gcm(keys) ? 4 : 12; }
static size_t explicit_bytes(const cd_alert_keys *keys) { return is_gcm(keys) ? 8 : 0; }

// RFC 5246 §6.3: key_block = PRF(master_secret, "key expansion", server_random + client_random).
static int expand(SSL *ssl, uint8_t *block, size_t count) {
    uint8_t master[48], seed[64];
    size_t master_count = SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof master);
    SSL_get_server_random(ssl, seed, 32);
    SSL_get_client_random(ssl, seed + 32, 32);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    const EVP_MD *digest = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));
    int is_done = 0;
    if (context && digest && master_count == sizeof master) {
        OSSL_PARAM parameters[] = {
            OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)EVP_MD_get0_name(digest), 0),
            OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SECRET, master, sizeof master),
            OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SEED, "key expansion", 13),
            OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed), OSSL_PARAM_END};
        is_done = EVP_KDF_derive(context, block, count, parameters) == 1;
    }
    OPENSSL_cleanse(master, sizeof master);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return is_done;
}

static const EVP_CIPHER *suite_cipher(SSL *ssl) {
    const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
    switch (suite ? SSL_CIPHER_get_cipher_nid(suite) : NID_undef) {
        case NID_aes_128_gcm: return EVP_aes_128_gcm();
        case NID_aes_256_gcm: return EVP_aes_256_gcm();
        case NID_chacha20_poly1305: return EVP_chacha20_poly1305();
        default: return NULL;
    }
}

int cd_alert_keys_take(cd_alert_keys *keys, SSL *ssl) {
    memset(keys, 0, sizeof *keys);
    keys->cipher = suite_cipher(ssl);
    if (!keys->cipher) return 0;
    size_t key = (size_t)EVP_CIPHER_get_key_length(keys->cipher), iv = iv_bytes(keys);
    uint8_t block[key_block_bytes_max];
    if (!expand(ssl, block, 2 * (key + iv))) return 0;
    int is_server = SSL_is_server(ssl);
    memcpy(is_server ? keys->receive_key : keys->send_key, block, key);
    memcpy(is_server ? keys->send_key : keys->receive_key, block + key, key);
    memcpy(is_server ? keys->receive_iv : keys->send_iv, block + 2 * key, iv);
    memcpy(is_server ? keys->send_iv : keys->receive_iv, block + 2 * key + iv, iv);
    OPENSSL_cleanse(block, sizeof block);
    return 1;
}

// Both AEADs: `record` has its header; explicit nonce, if any, and text follow.
static void make_nonce(const cd_alert_keys *keys, const uint8_t *iv, const uint8_t *record, uint8_t nonce[12]) {
    memcpy(nonce, iv, iv_bytes(keys));
    if (is_gcm(keys)) memcpy(nonce + 4, record + header_bytes, 8);
    // RFC 7905 §2: the record's epoch and number, exclusive-or.
    else for (int byte = 0; byte < 8; byte++) nonce[4 + byte] ^= record[3 + byte];
}

// RFC 5246 §6.2.3.3: number, type, version, length of the text. In DTLS the number begins with the epoch.
static void make_additional(const uint8_t *record, uint8_t additional[13]) {
    memcpy(additional, record + 3, 8);
    memcpy(additional + 8, record, 3);
    additional[11] = 0;
    additional[12] = alert_bytes;
}

static int crypt_alert(const cd_alert_keys *keys, int is_sealing, uint8_t *record) {
    uint8_t nonce[12], additional[13];
    make_nonce(keys, is_sealing ? keys->send_iv : keys->receive_iv, record, nonce);
    make_additional(record, additional);
    uint8_t *text = record + header_bytes + explicit_bytes(keys), *tag = text + alert_bytes;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int count = 0;
    int is_done = context &&
        EVP_CipherInit_ex(context, keys->cipher, NULL, is_sealing ? keys->send_key : keys->receive_key, nonce,
            is_sealing) == 1 &&
        (is_sealing || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag) == 1) &&
        EVP_CipherUpdate(context, NULL, &count, additional, sizeof additional) == 1 &&
        EVP_CipherUpdate(context, text, &count, text, alert_bytes) == 1 &&
        EVP_CipherFinal_ex(context, text + count, &count) == 1 &&
        (!is_sealing || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag) == 1);
    EVP_CIPHER_CTX_free(context);
    return is_done;
}

static int is_ending(const cd_alert_keys *keys, const uint8_t *received, size_t count) {
    uint8_t record[cd_alert_record_bytes_max];
    size_t expected = header_bytes + explicit_bytes(keys) + alert_bytes + tag_bytes;
    // Type 21 of epoch 1; an alert is two bytes (RFC 5246 §7.2).
    if (count != expected || received[0] != alert_type || received[3] != 0 || received[4] != 1) return 0;
    memcpy(record, received, count);
    if (!crypt_alert(keys, 0, record)) return 0;
    const uint8_t *text = record + header_bytes + explicit_bytes(keys);
    return text[0] == 2 || text[1] == 0;
}

int cd_alert_ends(const cd_alert_keys *keys, const uint8_t *bytes, size_t count) {
    size_t start = 0;
    while (count - start >= header_bytes) {
        size_t record = header_bytes + ((size_t)bytes[start + 11] << 8 | bytes[start + 12]);
        if (record > count - start) return 0;
        if (is_ending(keys, bytes + start, record)) return 1;
        start += record;
    }
    return 0;
}

size_t cd_alert_write(const cd_alert_keys *keys, uint8_t *record) {
    size_t body = explicit_bytes(keys) + alert_bytes + tag_bytes;
    memset(record, 0, cd_alert_record_bytes_max);
    record[0] = alert_type;
    record[1] = 0xFE;
    record[2] = 0xFD;
    record[4] = 1;
    for (int byte = 0; byte < 6; byte++) record[5 + byte] = (uint8_t)(own_record_number >> (40 - 8 * byte));
    record[12] = (uint8_t)body;
    // OpenSSL's explicit nonces count up from a random start: the record's number does not meet them.
    if (is_gcm(keys)) memcpy(record + header_bytes, record + 3, 8);
    // warning (1), close_notify (0)
    record[header_bytes + explicit_bytes(keys)] = 1;
    return crypt_alert(keys, 1, record) ? header_bytes + body : 0;
}
