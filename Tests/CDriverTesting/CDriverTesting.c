#define _GNU_SOURCE
#include "CDriverTesting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int cdt_forbid_system_calls(int refusal) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)refusal),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

static void write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t ignored = write(file, text, strlen(text));
    (void)ignored;
    close(file);
}

static int raise_device(int control, struct ifreq *request) {
    struct sockaddr_in *address = (struct sockaddr_in *)&request->ifr_addr;
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = inet_addr("10.9.0.1");
    if (ioctl(control, SIOCSIFADDR, request) != 0) return errno;
    address->sin_addr.s_addr = inet_addr("255.255.255.0");
    if (ioctl(control, SIOCSIFNETMASK, request) != 0) return errno;
    request->ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(control, SIOCSIFFLAGS, request) == 0 ? 0 : errno;
}

int cdt_enter_silent_network(void) {
    if (unshare(CLONE_NEWNET) != 0) return errno;
    // The device lives as long as its descriptor, which is kept until the process ends.
    int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (device < 0) return errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "silent0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(device, TUNSETIFF, &request) != 0) return errno;
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return errno;
    int error = raise_device(control, &request);
    close(control);
    // Give up on a neighbour soon.
    write_text("/proc/sys/net/ipv4/neigh/silent0/mcast_solicit", "1");
    write_text("/proc/sys/net/ipv4/neigh/silent0/retrans_time_ms", "50");
    return error;
}
