/*
 * Softmax and likelihood over rows of logits [rows, V]: logProbs = logit[target] − log Σ exp; correct = the target is the
 * first greatest; and, with gradients g, logits ← g·(onehot − softmax) in place. A task is one row.
 */
#include "pool.h"
#include "vector-math.h"

typedef struct {
  isize vocabulary;
  float *logits;
  const i32 *targets;
  float *log_probs;
  i32 *correct;
  const float *gradients;
} CrossEntropy;

static void cross_entropy_task(void *args, isize index, char *scratch) {
  (void)scratch;
  CrossEntropy *t = args;
  isize n = t->vocabulary, target = t->targets[index], j = 0;
  float *row = t->logits + index * n, most = max_row(row, 0, n), wanted = row[target];
  t->correct[index] = wanted == most;
  for (isize i = 0; t->correct[index] && i < target; i++) {
    if (row[i] == most) t->correct[index] = 0;
  }
  V sum = (V){0}, shift = splat(most);
  for (; j + W <= n; j += W) {
    V e = exp_v(load(row + j) - shift);
    if (t->gradients) store(row + j, e);
    sum += e;
  }
  float total = 0;
  for (; j < n; j++) {
    float e = exp_1(row[j] - most);
    if (t->gradients) row[j] = e;
    total += e;
  }
  total += sum_lanes(sum);
  t->log_probs[index] = wanted - most - log_1(total);
  if (!t->gradients) return;
  float factor = -t->gradients[index] / total;
  for (j = 0; j < n; j++) row[j] *= factor;
  row[target] += t->gradients[index];
}

KERNEL(bz_cross_entropy)(Pool *pool, float *logits, const i32 *targets, float *log_probs, i32 *correct,
                         const float *gradients, isize rows, isize vocabulary) {
  CrossEntropy t = {vocabulary, logits, targets, log_probs, correct, gradients};
  parallel_for(pool, rows, cross_entropy_task, &t);
}
