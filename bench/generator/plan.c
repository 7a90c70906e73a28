/* The plan's file: little-endian 32-bit numbers, and blocks of a length and its bytes, in the order of plan-format.ts. */
#include "generator.h"
#include <stdio.h>
#include <stdlib.h>

Plan plan;
static FILE *file;

static uint32_t read_number(void) {
  uint32_t value;
  if (fread(&value, sizeof value, 1, file) != 1) fail("the plan ends early");
  return value;
}

static Block read_block(void) {
  Block block = { .length = read_number() };
  block.bytes = malloc((size_t)block.length + 1);
  if (block.bytes == NULL || fread(block.bytes, 1, block.length, file) != block.length) fail("the plan ends early");
  block.bytes[block.length] = 0;
  return block;
}

static void *list(uint32_t *count, size_t size) {
  *count = read_number();
  void *items = calloc(*count + 1, size);
  if (items == NULL) fail("no memory for %u parts of a plan", *count);
  return items;
}

static void read_turn(Turn *turn) {
  turn->send = read_block();
  turn->numbered = list(&turn->numbers, sizeof *turn->numbered);
  for (uint32_t i = 0; i < turn->numbers; i++) {
    turn->numbered[i].before = read_block();
    turn->numbered[i].after = read_block();
  }
  turn->expect = list(&turn->count, sizeof *turn->expect);
  for (uint32_t i = 0; i < turn->count; i++) {
    Expected *expected = &turn->expect[i];
    expected->opcode = read_number();
    expected->literals = list(&expected->count, sizeof *expected->literals);
    if (expected->count == 0) fail("a message without a literal");
    for (uint32_t j = 0; j < expected->count; j++) expected->literals[j] = read_block();
  }
}

static void read_group(Group *group) {
  group->count = read_number();
  group->speaks = read_number();
  group->listens = read_number();
  group->request = read_block();
  group->step = list(&group->steps, sizeof *group->step);
  for (uint32_t i = 0; i < group->steps; i++) group->step[i] = (Step){ read_block(), read_block() };
  group->script = list(&group->scripts, sizeof *group->script);
  for (uint32_t i = 0; i < group->scripts; i++) {
    Script *script = &group->script[i];
    script->turns = list(&script->count, sizeof *script->turns);
    if (script->count == 0) fail("a script without turns");
    for (uint32_t j = 0; j < script->count; j++) read_turn(&script->turns[j]);
  }
  plan.clients += group->count;
}

void read_plan(const char *path) {
  file = fopen(path, "rb");
  if (file == NULL) fail("can't read %s", path);
  plan.mode = read_number();
  plan.framing = read_number();
  plan.tls = read_number();
  plan.deflate = read_number();
  plan.extensions = read_block();
  plan.aside = list(&plan.asides, sizeof *plan.aside);
  for (uint32_t i = 0; i < plan.asides; i++) plan.aside[i] = (Aside){ read_block(), read_block() };
  plan.group = list(&plan.groups, sizeof *plan.group);
  for (uint32_t i = 0; i < plan.groups; i++) read_group(&plan.group[i]);
  fclose(file);
  if (plan.clients == 0) fail("a plan without clients");
}
