/* One writer that appends 200 bytes and waits for the disk, again and again: append <file> <milliseconds> says appends a second. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int count, char **words) {
  char record[200];
  int file = open(count > 2 ? words[1] : "", O_WRONLY | O_CREAT | O_APPEND, 0600);
  double opened = now(), until = opened + (count > 2 ? atof(words[2]) : 0) / 1000;
  long done = 0;
  if (file < 0) return 1;
  memset(record, 'x', sizeof record);
  while (now() < until) {
    if (write(file, record, sizeof record) != sizeof record || fdatasync(file) != 0) return 1;
    done++;
  }
  printf("%.1f\n", done / (now() - opened));
  return 0;
}
