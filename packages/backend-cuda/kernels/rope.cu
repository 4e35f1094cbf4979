/*
 * Rotary embedding (Su et al. 2021), half-rotation layout, in place; a thread per pair.
 * x: f32 [T, heads·2·half]; positions: i32 [T]; cos, sin: f32 [positions, half]. sign −1 is the backward pass.
 */
#include "common.cuh"

KERNEL(256) rope(float *x, const int *positions, const float *cos, const float *sin, i64 tokens, int heads, int half, float sign) {
  for (i64 i = threadOfGrid(); i < tokens * heads * half; i += threadsOfGrid()) {
    i64 head = i / half;
    int pair = (int)(i - head * half);
    i64 angle = (i64)positions[head / heads] * half + pair;
    float c = cos[angle], s = sign * sin[angle];
    float *first = x + head * 2 * half + pair, *second = first + half;
    float a = *first, b = *second;
    *first = a * c - b * s;
    *second = b * c + a * s;
  }
}
