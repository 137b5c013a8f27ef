#pragma once

/// What is left of an association once OpenSSL's object is gone: enough to read and to write close_notify.

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const EVP_CIPHER *cipher;
    uint8_t receive_key[32];
    uint8_t send_key[32];
    // The fixed part of the nonce: 4 bytes for GCM (RFC 5288 §3), 12 for ChaCha20-Poly1305 (RFC 7905 §2).
    uint8_t receive_iv[12];
    uint8_t send_iv[12];
} cd_alert_keys;

enum { cd_alert_record_bytes_max = 13 + 8 + 2 + 16 };

/// 1 when the association's suite is one of ours and its keys are there.
int cd_alert_keys_take(cd_alert_keys *keys, SSL *ssl);
/// 1 when `bytes` holds an authentic close_notify or fatal alert among its records.
int cd_alert_ends(const cd_alert_keys *keys, const uint8_t *bytes, size_t count);
/// Writes a record with close_notify; its size, or 0.
size_t cd_alert_write(const cd_alert_keys *keys, uint8_t *record);
