/*
 * Moves the time of day for one server, and for nothing else on its machine. It is loaded before the server's own libraries (LD_PRELOAD) and
 * answers in place of the C library when the time is asked for. Clocks that only go forward are passed on as they are.
 *
 * Two numbers in a file say by how much, and what came of it. The file is mapped: whoever writes it moves the clock of a running server,
 * and a server that is started again finds its clock where it was. It must be there, of full length, before the server starts, and must
 * never be cut short. Where it is not there, the time is that of the machine.
 *
 * No function of a C library is called, so that one file serves all of them (glibc, musl). `npm run clock` builds it, by build.ts beside
 * this file, which says how; what it makes is kept here, and SHA256SUMS tells of which source.
 */

/* As in compose/pods/clock.ts. */
#define PLACE "/data/.txlab-clock"

typedef long long nanoseconds;

struct timespec {
  long seconds;
  long nanoseconds;
};

struct timeval {
  long seconds;
  long microseconds;
};

struct moved {
  /* The lab writes it: how far ahead the server's clock is. */
  volatile nanoseconds by;
  /* The lab writes zero, which asks for it: the next time that the server is told, since 1970. */
  volatile nanoseconds told;
};

#if defined(__x86_64__)

enum { OPENAT = 257, MMAP = 9, CLOSE = 3, CLOCK_GETTIME = 228 };

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long fourth __asm__("r10") = d, fifth __asm__("r8") = e, sixth __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

enum { OPENAT = 56, MMAP = 222, CLOSE = 57, CLOCK_GETTIME = 113 };

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long eighth __asm__("x8") = number;
  register long x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(eighth), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

#else
#error "for x86-64 and arm64"
#endif

/* As Linux numbers them. */
enum { AT_FDCWD = -100, O_RDWR = 2, O_CLOEXEC = 02000000, PROT_READ_WRITE = 3, MAP_SHARED = 1 };
enum { CLOCK_REALTIME = 0, CLOCK_REALTIME_COARSE = 5 };

static const nanoseconds SECOND = 1000000000;

static struct moved *moved;

/* Before the server's own first line, and so before it has threads. */
__attribute__((constructor)) static void map(void) {
  long file = call(OPENAT, AT_FDCWD, (long)PLACE, O_RDWR | O_CLOEXEC, 0, 0, 0);
  if (file < 0) return;
  long at = call(MMAP, 0, sizeof(struct moved), PROT_READ_WRITE, MAP_SHARED, file, 0);
  /* What failed answers with a small negative number. */
  if (at > 0 || at < -4095) moved = (struct moved *)at;
  call(CLOSE, file, 0, 0, 0, 0, 0);
}

static int tell(int clock, struct timespec *time) {
  if (call(CLOCK_GETTIME, clock, (long)time, 0, 0, 0, 0) < 0) return -1;
  if (!moved || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return 0;
  nanoseconds now = time->seconds * SECOND + time->nanoseconds + moved->by;
  time->seconds = now / SECOND;
  time->nanoseconds = now % SECOND;
  if (moved->told == 0) moved->told = now;
  return 0;
}

int clock_gettime(int clock, struct timespec *time) { return tell(clock, time); }

int gettimeofday(struct timeval *time, void *zone) {
  (void)zone;
  struct timespec now;
  if (tell(CLOCK_REALTIME, &now) < 0) return -1;
  if (time) {
    time->seconds = now.seconds;
    time->microseconds = now.nanoseconds / 1000;
  }
  return 0;
}

long time(long *seconds) {
  struct timespec now;
  if (tell(CLOCK_REALTIME, &now) < 0) return -1;
  if (seconds) *seconds = now.seconds;
  return now.seconds;
}
