/* libmosquitto in the race: reads orders as lines on stdin, answers with one line each: CPU in us, wall time in ms. */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static long settled, received;
static int ready;

static void on_connect(struct mosquitto *m, void *o, int rc) { (void)m; (void)o; (void)rc; ready = 1; }
static void on_subscribe(struct mosquitto *m, void *o, int id, int n, const int *q) { (void)m; (void)o; (void)id; (void)n; (void)q; ready = 1; }
static void on_publish(struct mosquitto *m, void *o, int id) { (void)m; (void)o; (void)id; settled++; }
static void on_message(struct mosquitto *m, void *o, const struct mosquitto_message *msg) { (void)m; (void)o; (void)msg; received++; }

static double cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(void) {
  char line[256], word[32], topic[128], id[64];
  struct mosquitto *m = NULL;
  char *payload = NULL;
  int qos = 0, size = 0, port = 0, window = 0, version = 0;
  long count;

  setvbuf(stdout, NULL, _IOLBF, 0);
  mosquitto_lib_init();
  while (fgets(line, sizeof line, stdin)) {
    double c = cpu(), w = wall();
    sscanf(line, "%31s", word);
    if (!strcmp(word, "start")) {
      topic[0] = 0;
      sscanf(line, "%*s %d %d %d %d %d %63s %127s", &port, &version, &qos, &size, &window, id, topic);
      payload = malloc(size);
      memset(payload, 'a', size);
      m = mosquitto_new(id, true, NULL);
      mosquitto_max_inflight_messages_set(m, window);
      mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, version);
      mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
      mosquitto_connect_callback_set(m, on_connect);
      mosquitto_subscribe_callback_set(m, on_subscribe);
      mosquitto_publish_callback_set(m, on_publish);
      mosquitto_message_callback_set(m, on_message);
      if (mosquitto_connect(m, "127.0.0.1", port, 60)) return 1;
      while (!ready) mosquitto_loop(m, 10, 1);
      if (topic[0]) {
        ready = 0;
        mosquitto_subscribe(m, NULL, topic, qos);
        while (!ready) mosquitto_loop(m, 10, 1);
      }
    } else if (!strcmp(word, "publish")) {
      long sent = 0;
      sscanf(line, "%*s %127s %ld", topic, &count);
      settled = 0;
      while (settled < count) {
        while (sent < count && sent - settled < window) {
          if (mosquitto_publish(m, NULL, topic, size, payload, qos, false)) return 1;
          sent++;
        }
        mosquitto_loop(m, 10, 1);
      }
    } else if (!strcmp(word, "receive")) {
      sscanf(line, "%*s %ld", &count);
      received = 0;
      while (received < count) mosquitto_loop(m, 10, 1);
      while (mosquitto_want_write(m)) mosquitto_loop(m, 10, 1);
      /* the last acknowledgements of QoS 2 */
      if (qos == 2) for (int i = 0; i < 5; i++) mosquitto_loop(m, 1, 1);
    }
    printf("%.0f %.3f\n", cpu() - c, wall() - w);
  }
  return 0;
}
