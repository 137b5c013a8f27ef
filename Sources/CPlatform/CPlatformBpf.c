#define _GNU_SOURCE
#include "CPlatformBpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(struct bpf_insn) == 8, "an instruction is one word");
_Static_assert(sizeof(struct sock_filter) == 8, "a classic instruction is one word");

static int call(int command, union bpf_attr *attributes) {
    long result = syscall(SYS_bpf, command, attributes, sizeof *attributes);
    return result < 0 ? -errno : (int)result;
}

static int create(uint32_t type, uint32_t key_bytes, uint32_t value_bytes, uint32_t capacity) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = type;
    attributes.key_size = key_bytes;
    attributes.value_size = value_bytes;
    attributes.max_entries = capacity;
    return call(BPF_MAP_CREATE, &attributes);
}

int cp_bpf_hash_map(uint32_t key_bytes, uint32_t value_bytes, uint32_t capacity) {
    return create(BPF_MAP_TYPE_HASH, key_bytes, value_bytes, capacity);
}

int cp_bpf_socket_array(uint32_t capacity) { return create(BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, capacity); }

static int element(int command, int map, const void *key, const void *value) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)map;
    attributes.key = (uint64_t)(uintptr_t)key;
    attributes.value = (uint64_t)(uintptr_t)value;
    return call(command, &attributes);
}

int cp_bpf_update(int map, const void *key, const void *value) { return element(BPF_MAP_UPDATE_ELEM, map, key, value); }
int cp_bpf_remove(int map, const void *key) { return element(BPF_MAP_DELETE_ELEM, map, key, NULL); }
int cp_bpf_lookup(int map, const void *key, void *value) { return element(BPF_MAP_LOOKUP_ELEM, map, key, value); }

static int load(uint32_t type, const uint64_t *instructions, uint32_t count, char *log, uint32_t log_bytes) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = type;
    attributes.insn_cnt = count;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    // bpf_sk_select_reuseport and the load helpers ask for a GPL-compatible program; this array is all there is of it.
    attributes.license = (uint64_t)(uintptr_t) "GPL";
    strcpy(attributes.prog_name, "millrace");
    int program = call(BPF_PROG_LOAD, &attributes);
    if (program >= 0 || log_bytes == 0) return program;
    // Once more, to hear what the verifier has to say. A log that is too small would itself be refused.
    log[0] = 0;
    attributes.log_level = 1;
    attributes.log_buf = (uint64_t)(uintptr_t)log;
    attributes.log_size = log_bytes;
    int again = call(BPF_PROG_LOAD, &attributes);
    return again >= 0 ? again : program;
}

int cp_bpf_load(const uint64_t *instructions, uint32_t count, char *log, uint32_t log_bytes) {
    return load(BPF_PROG_TYPE_SK_REUSEPORT, instructions, count, log, log_bytes);
}

int cp_bpf_load_filter(const uint64_t *instructions, uint32_t count, char *log, uint32_t log_bytes) {
    return load(BPF_PROG_TYPE_SOCKET_FILTER, instructions, count, log, log_bytes);
}

int cp_bpf_shared_array(uint32_t value_bytes, uint32_t capacity, void **memory) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = 4;
    attributes.value_size = value_bytes;
    attributes.max_entries = capacity;
    attributes.map_flags = BPF_F_MMAPABLE;
    int map = call(BPF_MAP_CREATE, &attributes);
    if (map < 0) return map;
    *memory = mmap(NULL, (size_t)value_bytes * capacity, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (*memory != MAP_FAILED) return map;
    int error = -errno;
    close(map);
    return error;
}

int cp_bpf_filter_attach(int socket, int program) {
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) == 0 ? 0 : -errno;
}

int cp_bpf_attach(int socket, int program) {
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program, sizeof program) == 0 ? 0 : -errno;
}

int cp_classic_attach(int socket, const uint64_t *instructions, uint16_t count) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0 ? 0 : -errno;
}

int cp_detach(int socket) {
    int zero = 0;
    return setsockopt(socket, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &zero, sizeof zero) == 0 ? 0 : -errno;
}
