#define _GNU_SOURCE
#include "CPlatformCrash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "CPlatformFlight.h"
#include "Symbols.h"

// Everything that the handler calls is async-signal-safe: it writes, and reads memory that was set aside before.

enum { THREADS_MAX = 80, STACK_BYTES = 128 * 1024, FRAMES_MAX = 24 };

struct thread {
    int id;
    char role[24];
    struct cp_flight *flight;
    uintptr_t stack_low, stack_high;
    void *handler_stack;
};

static struct thread threads[THREADS_MAX];
static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[512];
static char build[64];
static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
static const char *const phases[] = {"starting", "between bursts", "taking a burst in", "sending a burst", "commands and timers",
                                     "copying its tables"};
static int reporting;

// --- Text, without stdio.

struct text {
    int descriptors[2];
    char line[1024];
    size_t used;
};

static void put(struct text *text, const char *words) {
    while (*words != 0 && text->used < sizeof text->line) text->line[text->used++] = *words++;
}

static void put_number(struct text *text, uint64_t value, unsigned base) {
    char digits[24];
    size_t count = 0;
    do { digits[count++] = "0123456789abcdef"[value % base]; } while ((value /= base) != 0);
    while (count > 0 && text->used < sizeof text->line) text->line[text->used++] = digits[--count];
}

static void end_line(struct text *text) {
    if (text->used == sizeof text->line) text->used--;
    text->line[text->used++] = '\n';
    for (int place = 0; place < 2; place++) {
        if (text->descriptors[place] < 0) continue;
        ssize_t ignored = write(text->descriptors[place], text->line, text->used);
        (void)ignored;
    }
    text->used = 0;
}

static const char *signal_name(int number) {
    switch (number) {
    case SIGILL: return "SIGILL (a trap)";
    case SIGTRAP: return "SIGTRAP (a trap)";
    case SIGSEGV: return "SIGSEGV (memory that is not there)";
    case SIGBUS: return "SIGBUS (memory that cannot be had)";
    case SIGFPE: return "SIGFPE (arithmetic)";
    case SIGABRT: return "SIGABRT (an abort, or the watchdog)";
    default: return "a signal";
    }
}

// --- Where the code was.

static uintptr_t register_of(const ucontext_t *context, bool frame) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[frame ? REG_RBP : REG_RIP];
#elif defined(__aarch64__)
    return frame ? (uintptr_t)context->uc_mcontext.regs[29] : (uintptr_t)context->uc_mcontext.pc;
#else
    return 0;
#endif
}

static void put_place(struct text *text, uintptr_t address) {
    struct cp_symbol symbol;
    put(text, "0x");
    put_number(text, address, 16);
    if (!cp_symbol_find(address, &symbol)) return put(text, " outside of the program");
    put(text, " (+0x");
    put_number(text, symbol.file_address, 16);
    put(text, ") ");
    put(text, symbol.name);
    put(text, " + ");
    put_number(text, symbol.offset, 10);
}

/// Frames by their pointers, which Swift keeps. Only within the thread's own stack, as far as that is known.
static int walk(const ucontext_t *context, const struct thread *thread, uintptr_t *frames) {
    int count = 0;
    frames[count++] = register_of(context, false);
    uintptr_t frame = register_of(context, true);
    uintptr_t low = thread == NULL ? 0 : thread->stack_low, high = thread == NULL ? 0 : thread->stack_high;
    while (count < FRAMES_MAX && frame >= low && frame + 16 <= high && frame % 8 == 0) {
        uintptr_t next = ((const uintptr_t *)frame)[0], back = ((const uintptr_t *)frame)[1];
        if (back == 0) break;
        frames[count++] = back - 1;
        if (next <= frame) break;
        frame = next;
    }
    return count;
}

/// The innermost function that is the program's own rather than the Swift runtime's or the C library's.
static bool find_rule(const uintptr_t *frames, int count, struct cp_symbol *symbol) {
    for (int place = 0; place < count; place++) {
        if (!cp_symbol_find(frames[place], symbol)) continue;
        const char *name = symbol->name;
        if (strncmp(name, "$ss", 3) == 0 || strncmp(name, "$sS", 3) == 0 || strncmp(name, "swift_", 6) == 0) continue;
        if (strcmp(name, "abort") == 0 || strcmp(name, "raise") == 0) continue;
        return true;
    }
    return false;
}

// --- The report.

static struct thread *thread_of(int id) {
    for (int place = 0; place < THREADS_MAX; place++) {
        if (threads[place].id == id) return &threads[place];
    }
    return NULL;
}

static int open_in_folder(const char *name, const char *suffix, uint64_t number, char *path, size_t bytes) {
    if (folder[0] == 0) return -1;
    struct text text = {.descriptors = {-1, -1}};
    put(&text, folder);
    put(&text, "/millrace-crash-");
    put_number(&text, (uint64_t)getpid(), 10);
    put(&text, name);
    if (number != UINT64_MAX) put_number(&text, number, 10);
    put(&text, suffix);
    if (text.used >= bytes) return -1;
    memcpy(path, text.line, text.used);
    path[text.used] = 0;
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
}

static void put_shard(struct text *text, const struct cp_flight *flight) {
    put(text, "shard:   ");
    put_number(text, flight->shard, 10);
    put(text, " of ");
    put_number(text, flight->shard_count, 10);
    end_line(text);
    put(text, "burst:   ");
    put_number(text, flight->burst, 10);
    put(text, ", ");
    put(text, flight->phase < sizeof phases / sizeof phases[0] ? phases[flight->phase] : "?");
    if (flight->peer != UINT32_MAX) {
        put(text, ", peer ");
        put_number(text, flight->peer, 10);
    }
    if (flight->producer != UINT32_MAX) {
        put(text, ", producer ");
        put_number(text, flight->producer, 10);
    }
    end_line(text);
}

static void put_records(struct text *text, const struct thread *own, int number, int64_t seconds) {
    for (int place = 0; place < THREADS_MAX; place++) {
        struct cp_flight *flight = threads[place].flight;
        if (threads[place].id == 0 || flight == NULL) continue;
        char path[640];
        int descriptor = open_in_folder("-shard-", ".flight", flight->shard, path, sizeof path);
        if (descriptor < 0) continue;
        const char *note = own == &threads[place] ? "this shard ended the process" : "another thread ended the process";
        int error = cp_flight_write(descriptor, flight, CP_FLIGHT_CRASH, (uint32_t)number, seconds, note);
        close(descriptor);
        put(text, error == 0 ? "record:  " : "record (not whole):  ");
        put(text, path);
        end_line(text);
    }
}

static void put_head(struct text *text, int number, const siginfo_t *info, const struct thread *thread, int64_t seconds) {
    char name[16] = "?";
    prctl(PR_GET_NAME, name, 0, 0, 0);
    put(text, "*** millrace has crashed ***");
    end_line(text);
    put(text, "build:   ");
    put(text, build);
    end_line(text);
    put(text, "time:    ");
    put_number(text, (uint64_t)seconds, 10);
    put(text, " (Unix)");
    end_line(text);
    put(text, "signal:  ");
    put(text, signal_name(number));
    if (info->si_code <= 0) {
        put(text, ", sent by process ");
        put_number(text, (uint64_t)info->si_pid, 10);
    } else {
        put(text, " at 0x");
        put_number(text, (uintptr_t)info->si_addr, 16);
    }
    end_line(text);
    put(text, "thread:  ");
    put(text, thread != NULL && thread->role[0] != 0 ? thread->role : name);
    end_line(text);
    if (thread != NULL && thread->flight != NULL) put_shard(text, thread->flight);
}

/// The runtime's, which allocates: called last, and for shards alone, since they never hold malloc's lock.
extern char *swift_demangle(const char *name, size_t length, char *out, size_t *out_bytes, uint32_t flags);

static void report(int number, const siginfo_t *info, const ucontext_t *context) {
    struct thread *thread = thread_of((int)syscall(SYS_gettid));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char path[640] = "";
    struct text text = {.descriptors = {2, open_in_folder("", ".txt", UINT64_MAX, path, sizeof path)}};
    put_head(&text, number, info, thread, now.tv_sec);
    uintptr_t frames[FRAMES_MAX];
    int count = walk(context, thread, frames);
    struct cp_symbol rule;
    bool is_known = find_rule(frames, count, &rule);
    put(&text, "rule:    ");
    put(&text, is_known ? rule.name : "not known: the program has no symbols here");
    if (is_known) {
        put(&text, " + ");
        put_number(&text, rule.offset, 10);
    }
    end_line(&text);
    for (int place = 0; place < count; place++) {
        put(&text, "  at ");
        put_place(&text, frames[place]);
        end_line(&text);
    }
    put_records(&text, thread, number, now.tv_sec);
    if (path[0] != 0 && text.descriptors[1] >= 0) {
        put(&text, "report:  ");
        put(&text, path);
        end_line(&text);
    }
    if (is_known && thread != NULL && thread->flight != NULL) {
        char *readable = swift_demangle(rule.name, strlen(rule.name), NULL, NULL, 0);
        if (readable != NULL) {
            put(&text, "in words: ");
            put(&text, readable);
            end_line(&text);
        }
    }
    if (text.descriptors[1] >= 0) close(text.descriptors[1]);
}

static void handle(int number, siginfo_t *info, void *context) {
    int error = errno;
    int self = (int)syscall(SYS_gettid), nobody = 0;
    if (__atomic_compare_exchange_n(&reporting, &nobody, self, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        report(number, info, context);
    } else if (nobody != self) {
        // Another thread reports and will end the process.
        for (;;) pause();
    }
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(number, &standard, NULL);
    // A fault happens again when the handler returns; what was sent has to be sent again.
    if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), self, number);
    errno = error;
}

int cp_crash_install(const char *into, const char *name) {
    strncpy(folder, into, sizeof folder - 1);
    strncpy(build, name, sizeof build - 1);
    cp_symbols_load();
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t place = 0; place < sizeof signals / sizeof signals[0]; place++) {
        if (sigaction(signals[place], &action, NULL) != 0) return errno;
    }
    return 0;
}

static void find_stack(struct thread *thread) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    void *low = NULL;
    size_t bytes = 0;
    if (pthread_attr_getstack(&attributes, &low, &bytes) == 0) {
        thread->stack_low = (uintptr_t)low;
        thread->stack_high = (uintptr_t)low + bytes;
    }
    pthread_attr_destroy(&attributes);
}

int cp_crash_thread(const char *role, struct cp_flight *flight) {
    void *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno;
    stack_t stack = {.ss_sp = memory, .ss_size = STACK_BYTES};
    pthread_mutex_lock(&threads_lock);
    struct thread *place = thread_of(0);
    int error = place == NULL ? ENOSPC : sigaltstack(&stack, NULL) != 0 ? errno : 0;
    if (error == 0) {
        place->handler_stack = memory;
        place->role[0] = 0;
        if (role != NULL) strncpy(place->role, role, sizeof place->role - 1);
        place->flight = flight;
        find_stack(place);
        place->id = (int)syscall(SYS_gettid);
    }
    pthread_mutex_unlock(&threads_lock);
    if (error != 0) munmap(memory, STACK_BYTES);
    return error;
}

void cp_crash_thread_ends(void) {
    pthread_mutex_lock(&threads_lock);
    struct thread *place = thread_of((int)syscall(SYS_gettid));
    if (place != NULL) {
        place->id = 0;
        stack_t off = {.ss_flags = SS_DISABLE};
        sigaltstack(&off, NULL);
        munmap(place->handler_stack, STACK_BYTES);
        memset(place, 0, sizeof *place);
    }
    pthread_mutex_unlock(&threads_lock);
}
