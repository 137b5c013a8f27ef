#define _GNU_SOURCE
#include "CCertificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

// A key with a password must not make OpenSSL ask for it at the terminal.
static int no_password(char *bytes, int capacity, int is_writing, void *context) {
    (void)bytes, (void)capacity, (void)is_writing, (void)context;
    return 0;
}

static X509 *read_certificate(const uint8_t *pem, size_t byte_count, int index) {
    BIO *bio = BIO_new_mem_buf(pem, (int)byte_count);
    X509 *certificate = NULL;
    for (int place = 0; bio != NULL && place <= index; place++) {
        X509_free(certificate);
        certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
        if (certificate == NULL) break;
    }
    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

static int64_t seconds(const ASN1_TIME *time) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

int cs_certificate_read(const uint8_t *pem, size_t byte_count, int index, cs_certificate *facts) {
    X509 *certificate = read_certificate(pem, byte_count, index);
    if (certificate == NULL) return -1;
    memset(facts, 0, sizeof *facts);
    facts->not_before = seconds(X509_get0_notBefore(certificate));
    facts->not_after = seconds(X509_get0_notAfter(certificate));
    X509_NAME *subject = X509_get_subject_name(certificate);
    if (X509_NAME_get_text_by_NID(subject, NID_commonName, facts->subject, sizeof facts->subject) <= 0) {
        X509_NAME_oneline(subject, facts->subject, sizeof facts->subject);
    }
    X509_free(certificate);
    return 0;
}

int cs_certificate_covers(const uint8_t *pem, size_t byte_count, const char *name) {
    X509 *certificate = read_certificate(pem, byte_count, 0);
    if (certificate == NULL) return 0;
    int covers = X509_check_host(certificate, name, strlen(name), 0, NULL) == 1 ||
        X509_check_ip_asc(certificate, name, 0) == 1;
    X509_free(certificate);
    ERR_clear_error();
    return covers;
}

int cs_certificate_has_key(const uint8_t *pem, size_t byte_count, const uint8_t *key, size_t key_byte_count) {
    X509 *certificate = read_certificate(pem, byte_count, 0);
    BIO *bio = BIO_new_mem_buf(key, (int)key_byte_count);
    EVP_PKEY *pair = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    int belongs = certificate != NULL && pair != NULL && X509_check_private_key(certificate, pair) == 1;
    EVP_PKEY_free(pair);
    BIO_free(bio);
    X509_free(certificate);
    ERR_clear_error();
    return belongs;
}
