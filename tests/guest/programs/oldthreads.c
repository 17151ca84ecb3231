// Threads as every POSIX library has had them: creation, joining, mutexes, conditions, semaphores, keys,
// once, cancellation, a signal for one thread, detached threads, and an exit of the process while others run.
// No atomics, barriers or thread-local variables, so that LinuxThreads can build it, whose threads are
// processes made by clone without CLONE_THREAD.
#include "t.h"
#include <pthread.h>
#include <semaphore.h>

enum { N = 5, ROUNDS = 2000 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t full, empty, hold;
static int counter, turn, once_count, destroyed, queue[4], cleaned;
static volatile sig_atomic_t signalled;

static void init(void)
{
    once_count++;
}

static void destroy(void *p)
{
    pthread_mutex_lock(&lock);
    destroyed += p == &key;
    pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
    int id = (int)(intptr_t)arg;
    pthread_once(&once, init);
    pthread_setspecific(key, &key);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&lock);
        while (turn % N != id) pthread_cond_wait(&cond, &lock);
        printf("turn %d: thread %d\n", turn, id);
        turn++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&lock);
    }
    return (void *)(intptr_t)(id * id);
}

static void counting(void)
{
    pthread_t t[N];
    void *result[N];
    int made = 0;
    pthread_key_create(&key, destroy);
    for (int i = 0; i < N; i++) made += pthread_create(&t[i], NULL, worker, (void *)(intptr_t)i) == 0;
    for (int i = 0; i < N; i++) pthread_join(t[i], &result[i]);
    for (int i = 0; i < N; i++) printf("joined %d: %d\n", i, (int)(intptr_t)result[i]);
    printf("made %d, counter %d, once %d, destroyed %d\n", made, counter, once_count, destroyed);
}

// One thread makes numbers, the other adds them up; four places between them.
static void *producer(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        sem_wait(&empty);
        queue[i % 4] = i;
        sem_post(&full);
    }
    return arg;
}

static void passing(void)
{
    pthread_t t;
    int sum = 0;
    sem_init(&full, 0, 0);
    sem_init(&empty, 0, 4);
    pthread_create(&t, NULL, producer, NULL);
    for (int i = 0; i < 1000; i++) {
        sem_wait(&full);
        sum += queue[i % 4];
        sem_post(&empty);
    }
    pthread_join(t, NULL);
    printf("passed %d\n", sum);
}

static void cleanup(void *arg)
{
    cleaned += *(int *)arg;
}

static void *sleeper(void *arg)
{
    int by = 7;
    pthread_cleanup_push(cleanup, &by);
    sem_post(&hold);
    for (;;) {
        usleep(1000);
        pthread_testcancel(); // LinuxThreads with uClibc: nothing else notices
    }
    pthread_cleanup_pop(0);
    return arg;
}

static void handler(int n)
{
    signalled += n == SIGUSR1 ? 1 : 100;
}

static void *signalled_thread(void *arg)
{
    sem_post(&hold);
    while (!signalled) usleep(1000);
    return arg;
}

static void interrupting(void)
{
    pthread_t t;
    void *result;
    sem_init(&hold, 0, 0);
    pthread_create(&t, NULL, sleeper, NULL);
    sem_wait(&hold);
    CHECK(pthread_cancel(t) == 0);
    CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
    printf("cleaned up %d\n", cleaned);
    signal(SIGUSR1, handler);
    pthread_create(&t, NULL, signalled_thread, NULL);
    sem_wait(&hold);
    CHECK(pthread_kill(t, SIGUSR1) == 0);
    pthread_join(t, NULL);
    printf("signalled %d\n", signalled);
}

static void *detached(void *arg)
{
    errno = 77;
    sem_post(&hold);
    return arg;
}

// errno is each thread's own (a call of ours may change ours, though).
static void many(void)
{
    pthread_attr_t attr;
    pthread_t t;
    int made = 0;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    errno = 5;
    for (int i = 0; i < 30; i++) {
        made += pthread_create(&t, &attr, detached, NULL) == 0;
        sem_wait(&hold);
    }
    printf("made %d, errno is theirs: %d\n", made, errno == 77);
}

static void *forever(void *arg)
{
    sem_post(&hold);
    for (;;) usleep(100000);
    return arg;
}

int main(void)
{
    pthread_t t;
    setvbuf(stdout, NULL, _IOLBF, 0);
    counting();
    passing();
    interrupting();
    many();
    pthread_create(&t, NULL, forever, NULL);
    sem_wait(&hold);
    exit(9);
}
