#pragma once

/// What the host check needs of certificate files in PEM.

#include <stddef.h>
#include <stdint.h>

typedef struct cs_certificate {
    /// Seconds since 1970.
    int64_t not_before;
    int64_t not_after;
    /// The common name, else the whole subject; ends with 0.
    char subject[256];
} cs_certificate;

/// The certificate at `index` (0 for the first). 0, or -1 when there is none, or none that can be read.
int cs_certificate_read(const uint8_t *pem, size_t byte_count, int index, cs_certificate *facts);
/// 1 when the first certificate is for this name (or IP address), else 0.
int cs_certificate_covers(const uint8_t *pem, size_t byte_count, const char *name);
/// 1 when the private key, in PEM without a password, belongs to the first certificate, else 0.
int cs_certificate_has_key(const uint8_t *pem, size_t byte_count, const uint8_t *key, size_t key_byte_count);
