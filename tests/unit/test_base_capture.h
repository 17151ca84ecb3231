// test_base_capture.h: catch what a piece of a test writes to a descriptor.
#ifndef CALQUE_TESTS_UNIT_TEST_BASE_CAPTURE_H
#define CALQUE_TESTS_UNIT_TEST_BASE_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct capture {
    int fd, saved, file;
    char text[32768];
};

static inline void capture_begin(struct capture *c, int fd)
{
    fflush(NULL);
    c->fd = fd;
    c->saved = dup(fd);
    c->file = memfd_create("capture", 0);
    if (c->saved < 0 || c->file < 0 || dup2(c->file, fd) < 0) abort();
}

// The text written since capture_begin, as a C string in c->text.
static inline const char *capture_end(struct capture *c)
{
    if (dup2(c->saved, c->fd) < 0) abort();
    ssize_t n = pread(c->file, c->text, sizeof c->text - 1, 0);
    c->text[n > 0 ? n : 0] = 0;
    close(c->saved);
    close(c->file);
    return c->text;
}

// Run fn in a child process with its stderr caught; returns the exit status, 128 + signal when it was killed.
static inline int capture_child(struct capture *c, void (*fn)(void))
{
    int status = 0;
    capture_begin(c, 2);
    pid_t pid = fork();
    if (pid == 0) {
        fn();
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) abort();
    capture_end(c);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
