#define _GNU_SOURCE
#include "CSctp.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <usrsctp.h>

struct cs_association {
    void *owner;
    cs_output output;
    struct socket *socket;
    // What usrsctp knows the association by. It may speak of one that is gone; a pointer would dangle then.
    uintptr_t name;
    bool has_word;
    bool is_discarding;
    size_t filled;
};

// Associations by name, modulo the size.
enum { table_size = 16384 };
static cs_association *table[table_size];
static uintptr_t last_name;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static cs_association *find(uintptr_t name) {
    cs_association *found = table[name % table_size];
    return found && found->name == name ? found : NULL;
}

static int output(void *address, void *bytes, size_t count, uint8_t service, uint8_t fragment) {
    (void)service, (void)fragment;
    cs_association *association = find((uintptr_t)address);
    if (association) association->output(association->owner, bytes, count);
    return 0;
}

static void word(struct socket *socket, void *argument, int flags) {
    (void)socket, (void)flags;
    cs_association *association = find((uintptr_t)argument);
    if (association) association->has_word = true;
}

static void start(void) {
    usrsctp_init_nothreads(0, output, NULL);
    usrsctp_sysctl_set_sctp_blackhole(2);
    // DTLS hides these from the path, and the other end is one address.
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    // A second, as RFC 9260 has it, is long for messages between people.
    usrsctp_sysctl_set_sctp_rto_min_default(200);
    usrsctp_sysctl_set_sctp_rto_initial_default(500);
    usrsctp_sysctl_set_sctp_rto_max_default(5000);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(20);
}

static struct sockaddr_conn address(uintptr_t name, uint16_t port) {
    struct sockaddr_conn address = {
        .sconn_family = AF_CONN, .sconn_port = htons(port), .sconn_addr = (void *)name};
    return address;
}

static int set(struct socket *socket, int level, int option, const void *value, socklen_t length) {
    return usrsctp_setsockopt(socket, level, option, value, length);
}

static int subscribe(struct socket *socket) {
    static const uint16_t kinds[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT};
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
        struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = kinds[index], .se_on = 1};
        if (set(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event) != 0) return -1;
    }
    return 0;
}

static int configure(struct socket *socket, uint32_t buffer_bytes) {
    struct linger linger = {.l_onoff = 1};
    struct sctp_initmsg streams = {.sinit_num_ostreams = cs_streams, .sinit_max_instreams = cs_streams};
    struct sctp_assoc_value resets = {.assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ};
    uint32_t on = 1, size = buffer_bytes;
    return usrsctp_set_non_blocking(socket, 1) | set(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) |
        set(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) | set(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) |
        set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on) |
        set(socket, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) |
        set(socket, IPPROTO_SCTP, SCTP_EXPLICIT_EOR, &(uint32_t){0}, sizeof on) |
        set(socket, IPPROTO_SCTP, SCTP_INITMSG, &streams, sizeof streams) |
        set(socket, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &resets, sizeof resets) | subscribe(socket);
}

static int fix_packet_size(struct socket *socket, struct sockaddr_conn *remote, uint32_t packet_bytes) {
    struct sctp_paddrparams parameters;
    memset(&parameters, 0, sizeof parameters);
    memcpy(&parameters.spp_address, remote, sizeof *remote);
    parameters.spp_flags = SPP_PMTUD_DISABLE;
    parameters.spp_pathmtu = packet_bytes;
    return set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &parameters, sizeof parameters);
}

static int call(cs_association *association, uint16_t local_port, uint16_t remote_port, uint32_t packet_bytes) {
    struct sockaddr_conn local = address(association->name, local_port);
    struct sockaddr_conn remote = address(association->name, remote_port);
    struct socket *socket = association->socket;
    if (usrsctp_bind(socket, (struct sockaddr *)&local, sizeof local) != 0) return -1;
    if (usrsctp_connect(socket, (struct sockaddr *)&remote, sizeof remote) != 0 && errno != EINPROGRESS) return -1;
    return fix_packet_size(socket, &remote, packet_bytes);
}

cs_association *cs_open(void *owner, cs_output out, uint16_t local_port, uint16_t remote_port, uint32_t packet_bytes,
    uint32_t buffer_bytes) {
    pthread_once(&once, start);
    cs_association *association = calloc(1, sizeof *association);
    if (!association) return NULL;
    association->owner = owner;
    association->output = out;
    uintptr_t end = last_name + table_size;
    do last_name++; while (table[last_name % table_size] && last_name != end);
    if (table[last_name % table_size]) return free(association), NULL;
    association->name = last_name;
    table[last_name % table_size] = association;
    usrsctp_register_address((void *)association->name);
    association->socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (association->socket) usrsctp_set_upcall(association->socket, word, (void *)association->name);
    if (association->socket && configure(association->socket, buffer_bytes) == 0 &&
        call(association, local_port, remote_port, packet_bytes) == 0)
        return association;
    cs_close(association);
    return NULL;
}

void cs_close(cs_association *association) {
    if (!association) return;
    if (association->socket) {
        usrsctp_set_upcall(association->socket, NULL, NULL);
        usrsctp_close(association->socket);
    }
    usrsctp_deregister_address((void *)association->name);
    table[association->name % table_size] = NULL;
    free(association);
}

void cs_receive(cs_association *association, const void *bytes, size_t count) {
    usrsctp_conninput((void *)association->name, bytes, count, 0);
}

void cs_advance(uint32_t milliseconds) {
    pthread_once(&once, start);
    usrsctp_handle_timers(milliseconds);
}

bool cs_take_word(cs_association *association) {
    bool has_word = association->has_word;
    association->has_word = false;
    return has_word;
}

static struct cs_event read_notification(const void *bytes, size_t count) {
    struct cs_event event = {.kind = cs_nothing};
    const union sctp_notification *told = bytes;
    if (count < sizeof told->sn_header) return event;
    if (told->sn_header.sn_type == SCTP_ASSOC_CHANGE && count >= sizeof told->sn_assoc_change) {
        uint16_t state = told->sn_assoc_change.sac_state;
        if (state == SCTP_COMM_UP) event.kind = cs_up;
        if (state == SCTP_COMM_LOST || state == SCTP_SHUTDOWN_COMP || state == SCTP_CANT_STR_ASSOC) event.kind = cs_down;
    }
    if (told->sn_header.sn_type == SCTP_STREAM_RESET_EVENT && count >= sizeof told->sn_strreset_event + 2 &&
        (told->sn_strreset_event.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN)) {
        // Browsers close one channel at a time.
        event.kind = cs_reset;
        event.stream = told->sn_strreset_event.strreset_stream_list[0];
    }
    return event;
}

struct cs_event cs_read(cs_association *association, void *bytes, size_t capacity) {
    // Bounded: what is no news is skipped.
    for (int round = 0; round < 1000; round++) {
        struct sctp_rcvinfo information;
        struct sockaddr_conn from;
        socklen_t information_length = sizeof information, from_length = sizeof from;
        unsigned kind = 0;
        int flags = 0;
        memset(&information, 0, sizeof information);
        ssize_t count = usrsctp_recvv(association->socket, (char *)bytes + association->filled,
            capacity - association->filled, (struct sockaddr *)&from, &from_length, &information, &information_length,
            &kind, &flags);
        if (count < 0) {
            bool is_over = errno != EWOULDBLOCK && errno != EAGAIN && errno != EINPROGRESS && errno != ENOTCONN;
            return (struct cs_event){.kind = is_over ? cs_down : cs_nothing};
        }
        if (count == 0) return (struct cs_event){.kind = cs_down};
        if (flags & MSG_NOTIFICATION) {
            struct cs_event event = read_notification((char *)bytes + association->filled, (size_t)count);
            if (event.kind != cs_nothing) return event;
            continue;
        }
        association->filled += (size_t)count;
        struct cs_event event = {.kind = cs_message, .stream = information.rcv_sid,
            .is_unordered = (information.rcv_flags & SCTP_UNORDERED) != 0,
            .protocol = ntohl(information.rcv_ppid), .byte_count = (uint32_t)association->filled};
        if (flags & MSG_EOR) {
            bool is_too_long = association->is_discarding;
            association->filled = 0;
            association->is_discarding = false;
            if (is_too_long) event.kind = cs_too_long;
            return event;
        }
        if (association->filled == capacity) {
            association->is_discarding = true;
            association->filled = 0;
        }
    }
    return (struct cs_event){.kind = cs_nothing};
}

int cs_send(cs_association *association, uint16_t stream, uint32_t protocol, const void *bytes, size_t count,
    struct cs_delivery delivery) {
    struct sctp_sendv_spa how;
    memset(&how, 0, sizeof how);
    how.sendv_flags = SCTP_SEND_SNDINFO_VALID;
    how.sendv_sndinfo.snd_sid = stream;
    how.sendv_sndinfo.snd_ppid = htonl(protocol);
    how.sendv_sndinfo.snd_flags = delivery.is_unordered ? SCTP_UNORDERED : 0;
    if (delivery.limits_retransmissions || delivery.limits_lifetime) {
        how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        how.sendv_prinfo.pr_policy = delivery.limits_lifetime ? SCTP_PR_SCTP_TTL : SCTP_PR_SCTP_RTX;
        how.sendv_prinfo.pr_value = delivery.limit;
    }
    ssize_t result = usrsctp_sendv(
        association->socket, bytes, count, NULL, 0, &how, (socklen_t)sizeof how, SCTP_SENDV_SPA, 0);
    return result < 0 ? errno : 0;
}

int cs_reset_stream(cs_association *association, uint16_t stream) {
    struct {
        struct sctp_reset_streams head;
        uint16_t list[1];
    } request;
    memset(&request, 0, sizeof request);
    request.head.srs_flags = SCTP_STREAM_RESET_OUTGOING;
    request.head.srs_number_streams = 1;
    request.head.srs_stream_list[0] = stream;
    socklen_t length = (socklen_t)(sizeof(struct sctp_reset_streams) + sizeof(uint16_t));
    return set(association->socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, &request, length) == 0 ? 0 : errno;
}
