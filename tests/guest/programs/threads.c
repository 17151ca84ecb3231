// Threads: creation and joining, mutexes, conditions, barriers, thread-local storage, atomics, once, cancellation,
// a signal for one thread, and an exit of the process while others run.
#include "t.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

enum { N = 6, ROUNDS = 3000 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int counter, turn, once_count, destroyed;
static atomic_int acount, word;
static _Atomic uint8_t abyte;
static _Atomic uint16_t ahalf;
static __thread int tls = 5;
static __thread char tls_array[100] = "initial";

static void init(void) { once_count++; }
static void destroy(void *p) { __atomic_add_fetch(&destroyed, p != NULL, __ATOMIC_SEQ_CST); }

static void *worker(void *arg)
{
    int id = (int)(intptr_t)arg;
    pthread_once(&once, init);
    pthread_setspecific(key, &key);
    tls += id;
    snprintf(tls_array, sizeof tls_array, "thread %d", id);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
        atomic_fetch_add(&acount, 3);
        abyte++;
        ahalf += 5;
        int old = atomic_load(&word);
        while (!atomic_compare_exchange_weak(&word, &old, old ^ (id + i))) {}
    }
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&lock);
        while (turn % N != id) pthread_cond_wait(&cond, &lock);
        turn++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&lock);
    }
    char expect[20];
    snprintf(expect, sizeof expect, "thread %d", id);
    return (void *)(intptr_t)(tls == 5 + id && strcmp(tls_array, expect) == 0 ? id * 10 : -1);
}

static sem_t sem;
static atomic_int handled_by;
static pthread_t victim_id;
static void on_usr1(int s) { (void)s; handled_by = pthread_equal(pthread_self(), victim_id) ? 1 : 2; sem_post(&sem); }
static atomic_int handler_left;
static void *sleeper(void *arg)
{
    (void)arg;
    while (!handled_by) usleep(1000);
    handler_left = 1;
    for (;;) pause();
    return NULL;
}
static void cleaned(void *p) { *(int *)p = 1; }
static int was_cleaned;
static void *cancelled(void *arg)
{
    (void)arg;
    pthread_cleanup_push(cleaned, &was_cleaned);
    for (;;) sleep(10);
    pthread_cleanup_pop(0);
    return NULL;
}
static volatile int flag;
static void *setter(void *arg)
{
    usleep(20000);
    flag = 1;
    return arg;
}
static void *spinner(void *arg)
{
    (void)arg;
    for (volatile unsigned i = 0;; i++) {}
    return NULL;
}

int main(void)
{
    pthread_t t[N];
    pthread_barrier_init(&barrier, NULL, N);
    pthread_key_create(&key, destroy);
    for (intptr_t i = 0; i < N; i++) CHECK(pthread_create(&t[i], NULL, worker, (void *)i) == 0);
    for (int i = 0; i < N; i++) {
        void *r;
        pthread_join(t[i], &r);
        printf("joined %d\n", (int)(intptr_t)r);
    }
    int expect = 0;
    for (int id = 0; id < N; id++)
        for (int i = 0; i < ROUNDS; i++) expect ^= id + i;
    CHECK(counter == N * ROUNDS && acount == 3 * N * ROUNDS && word == expect && turn == 20 * N);
    CHECK(abyte == (uint8_t)(N * ROUNDS) && ahalf == (uint16_t)(5 * N * ROUNDS));
    CHECK(once_count == 1 && destroyed == N && tls == 5);

    sem_init(&sem, 0, 0);
    signal(SIGUSR1, on_usr1);
    pthread_create(&victim_id, NULL, sleeper, NULL);
    pthread_kill(victim_id, SIGUSR1);
    while (sem_wait(&sem)) {}
    CHECK(handled_by == 1);
    // a cancellation inside the handler would be unwound through its frame, where the SPARC glibc goes round in circles: the
    // return address is looked up one byte lower, in the stub before its own, which has an unwind entry of a plain function
    while (!handler_left) usleep(1000);
    pthread_cancel(victim_id);
    void *r;
    CHECK(pthread_join(victim_id, &r) == 0 && r == PTHREAD_CANCELED);
    pthread_create(&t[0], NULL, cancelled, NULL);
    pthread_cancel(t[0]);
    pthread_join(t[0], &r);
    CHECK(r == PTHREAD_CANCELED);

    pthread_create(&t[0], NULL, setter, &t);
    while (!flag) {}
    pthread_join(t[0], &r);
    CHECK(r == &t);
    for (int i = 0; i < 20; i++)
        if (pthread_create(&t[0], NULL, setter, NULL) == 0) pthread_detach(t[0]);
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) _exit(counter == N * ROUNDS ? 21 : 1);
    int st;
    waitpid(p, &st, 0);
    CHECK(WEXITSTATUS(st) == 21);
    pthread_create(&t[0], NULL, spinner, NULL);
    pthread_create(&t[1], NULL, sleeper, NULL);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    CHECK(pthread_cond_timedwait(&cond, &lock, &soon) == ETIMEDOUT);
    exit(33);
}
