/* Stands between a program and the C library and writes down what it does to the files of one folder: every write, truncation,
   creation, renaming and removal, and when each fsync began and ended. tests/durability/power.py makes disks out of it as they
   may look when the power goes at any moment. Not part of the hub; compiled by the test.

   HUB_POWER_ROOT: the folder. HUB_POWER_LOG: the record, appended to by all processes. A record is
   op (1 byte), length of path (2), of data (4), offset (8), path, data; numbers as this machine writes them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static const char *root;
static int record = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin(void) {
    const char *log = getenv("HUB_POWER_LOG");
    root = getenv("HUB_POWER_ROOT");
    if (!root || !log) return;
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    int opened = real(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    /* A number that nobody else takes for a file of their own. */
    record = fcntl(opened, F_DUPFD_CLOEXEC, 900);
    close(opened);
}

static int ours(const char *path) {
    pthread_once(&once, begin);
    size_t length = root ? strlen(root) : 0;
    return record >= 0 && path && !strncmp(path, root, length) && (!path[length] || path[length] == '/');
}

static int path_of(int file, char *path, size_t room) {
    char link[40];
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, room - 1);
    errno = kept;
    if (length < 0) return 0;
    path[length] = 0;
    return ours(path);
}

static void note(char op, const char *path, uint64_t offset, const void *data, uint32_t length) {
    static ssize_t (*out)(int, const struct iovec *, int);
    if (!out) out = (ssize_t (*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
    int kept = errno;
    uint16_t name = (uint16_t)strlen(path);
    char head[15];
    head[0] = op;
    memcpy(head + 1, &name, 2);
    memcpy(head + 3, &length, 4);
    memcpy(head + 7, &offset, 8);
    /* One call, so that records of several processes never mix. */
    struct iovec parts[3] = {{head, 15}, {(void *)path, name}, {(void *)data, length}};
    if (out(record, parts, 3) < 0) abort();
    errno = kept;
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    char path[4096];
    ssize_t done = real(file, data, length, offset);
    if (done > 0 && path_of(file, path, sizeof path)) note('W', path, (uint64_t)offset, data, (uint32_t)done);
    return done;
}
ssize_t pwrite(int file, const void *data, size_t length, off_t offset) { return pwrite64(file, data, length, offset); }

ssize_t write(int file, const void *data, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[4096];
    ssize_t done = real(file, data, length);
    if (done > 0 && path_of(file, path, sizeof path)) {
        off_t end = lseek(file, 0, SEEK_CUR);
        note('W', path, (uint64_t)(end - done), data, (uint32_t)done);
    }
    return done;
}

int ftruncate64(int file, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    char path[4096];
    int done = real(file, length);
    if (!done && path_of(file, path, sizeof path)) note('T', path, (uint64_t)length, "", 0);
    return done;
}
int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

static int synced(int file, const char *name, int (*real)(int)) {
    static uint32_t count;
    char path[4096];
    int is_ours = path_of(file, path, sizeof path);
    uint64_t number = ((uint64_t)getpid() << 32) | __sync_add_and_fetch(&count, 1);
    if (is_ours) note('B', path, number, "", 0);
    int done = real(file);
    if (is_ours && !done) note('E', path, number, "", 0);
    (void)name;
    return done;
}
int fsync(int file) { REAL(int, "fsync", int); return synced(file, "fsync", real); }
int fdatasync(int file) { REAL(int, "fdatasync", int); return synced(file, "fdatasync", real); }

static void opened(int file, int flags) {
    char path[4096];
    if (file < 0 || !(flags & (O_CREAT | O_TRUNC)) || !path_of(file, path, sizeof path)) return;
    if (flags & O_CREAT) note('C', path, 0, "", 0);
    if (flags & O_TRUNC) note('T', path, 0, "", 0);
}

#define OPENS(name, parameters, types, given) \
    int name parameters { \
        REAL(int, #name, types); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        int file = real given; \
        opened(file, flags); \
        return file; \
    }
#define OF(...) __VA_ARGS__
OPENS(open, (const char *path, int flags, ...), OF(const char *, int, ...), (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), OF(const char *, int, ...), (path, flags, mode))
OPENS(openat, (int at, const char *path, int flags, ...), OF(int, const char *, int, ...), (at, path, flags, mode))
OPENS(openat64, (int at, const char *path, int flags, ...), OF(int, const char *, int, ...), (at, path, flags, mode))

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    int done = real(from, to);
    if (!done && ours(to)) note('R', from, 0, to, (uint32_t)strlen(to));
    return done;
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    int done = real(path);
    if (!done && ours(path)) note('U', path, 0, "", 0);
    return done;
}
