// SPDX-License-Identifier: MIT
// The list of schedules.
#include "keras/schedules/schedule.h"

#define SCHEDULE(x) extern const ScheduleClass schedule_##x;
#include "keras/schedules/schedules.def"
#undef SCHEDULE

const ScheduleClass *const schedule_classes[] = {
#define SCHEDULE(x) &schedule_##x,
#include "keras/schedules/schedules.def"
#undef SCHEDULE
    NULL};
