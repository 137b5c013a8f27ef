#include "CUring.h"

#include <netinet/in.h>

static int setup(struct cu_ring *ring, uint32_t submissions, uint32_t completions, uint32_t flags) {
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
    parameters.cq_entries = completions;
    int error = io_uring_queue_init_params(submissions, &ring->ring, &parameters);
    if (error != 0) return error;
    uint32_t needed = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
    if ((parameters.features & needed) != needed) {
        io_uring_queue_exit(&ring->ring);
        return -ENOTSUP;
    }
    ring->flags = parameters.flags;
    ring->features = parameters.features;
    return 0;
}

/// Sends to no descriptor: EBADF from a kernel that takes the address, EINVAL from one that does not.
static bool takes_address(struct cu_ring *ring) {
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};
    struct io_uring_sqe *entry = cu_take(ring);
    entry->opcode = IORING_OP_SEND;
    entry->fd = -1;
    entry->addr2 = (uint64_t)(uintptr_t)&name;
    entry->addr_len = sizeof name;
    struct cu_completion completion = {.result = -EINVAL};
    int64_t second = 1000000000;
    if (cu_enter(ring, true, 1, second) < 0) return false;
    return cu_reap(ring, &completion) && completion.result == -EBADF;
}

int cu_open(struct cu_ring *ring, uint32_t submissions, uint32_t completions) {
    static const uint32_t choices[] = {
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
        0,
    };
    memset(ring, 0, sizeof *ring);
    ring->one = 1;
    int error = -EINVAL;
    for (size_t index = 0; index < sizeof choices / sizeof *choices && error == -EINVAL; index++) {
        error = setup(ring, submissions, completions, choices[index]);
    }
    if (error != 0) return error;
    ring->enter_descriptor = ring->ring.ring_fd;
    // Entry n of the indirection always names submission n.
    for (uint32_t index = 0; index <= ring->ring.sq.ring_mask; index++) ring->ring.sq.array[index] = index;
    ring->has_addressed_send = takes_address(ring);
    return 0;
}

void cu_close(struct cu_ring *ring) {
    if ((ring->enter_flags & IORING_ENTER_REGISTERED_RING) != 0) io_uring_unregister_ring_fd(&ring->ring);
    io_uring_queue_exit(&ring->ring);
}

int cu_register_file(struct cu_ring *ring, int descriptor) {
    int error = io_uring_register_files(&ring->ring, &descriptor, 1);
    if (error != 0) return error;
    ring->socket = 0;
    ring->socket_flags = IOSQE_FIXED_FILE;
    return 0;
}

void cu_use_file(struct cu_ring *ring, int descriptor) {
    ring->socket = descriptor;
    ring->socket_flags = 0;
}

int cu_register_cells(struct cu_ring *ring, void *memory, size_t byte_count) {
    struct iovec cells = {.iov_base = memory, .iov_len = byte_count};
    int error = io_uring_register_buffers(&ring->ring, &cells, 1);
    if (error == 0) ring->zero_copy_flags = IORING_RECVSEND_FIXED_BUF;
    return error;
}

/// io_uring_buf_reg with the flags that liburing 2.3 has as padding.
struct buffer_ring {
    uint64_t address;
    uint32_t entries;
    uint16_t group;
    uint16_t flags;
    uint64_t reserved[3];
};
_Static_assert(sizeof(struct buffer_ring) == sizeof(struct io_uring_buf_reg), "layout of a ring of provided buffers");

int cu_register_buffers(struct cu_ring *ring, void *memory, uint32_t entries, bool incremental) {
    enum { incremental_consumption = 2 };
    struct buffer_ring description = {
        .address = (uint64_t)(uintptr_t)memory,
        .entries = entries,
        .flags = incremental ? incremental_consumption : 0,
    };
    int error = io_uring_register_buf_ring(&ring->ring, (struct io_uring_buf_reg *)&description, 0);
    if (error != 0) return error;
    ring->buffers = memory;
    ring->buffer_mask = entries - 1;
    io_uring_buf_ring_init(ring->buffers);
    return 0;
}

int cu_register_self(struct cu_ring *ring) {
    int result = io_uring_register_ring_fd(&ring->ring);
    if (result != 1) return result < 0 ? result : -ENOTSUP;
    ring->enter_descriptor = ring->ring.enter_ring_fd;
    ring->enter_flags |= IORING_ENTER_REGISTERED_RING;
    return 0;
}

int cu_busy_poll(struct cu_ring *ring, uint32_t microseconds) {
    // struct io_uring_napi and IORING_REGISTER_NAPI of kernel 6.9, which liburing 2.3 does not know.
    struct {
        uint32_t microseconds;
        uint8_t prefer;
        uint8_t reserved[11];
    } napi = {.microseconds = microseconds, .prefer = 1};
    enum { register_napi = 27 };
    long result = syscall(__NR_io_uring_register, ring->ring.ring_fd, register_napi, &napi, 1);
    return result < 0 ? -errno : 0;
}

int cu_supports(struct cu_ring *ring, int operation) {
    struct io_uring_probe *probe = io_uring_get_probe_ring(&ring->ring);
    if (probe == NULL) return -ENOTSUP;
    int supported = io_uring_opcode_supported(probe, operation);
    io_uring_free_probe(probe);
    return supported != 0;
}

int cu_try(void) {
    struct cu_ring ring;
    int error = cu_open(&ring, 8, 16);
    if (error == 0) cu_close(&ring);
    return error;
}
