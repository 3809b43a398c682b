// SPDX-License-Identifier: 0BSD
// What the compiler tells CSVLogger.
#ifndef CNN_CSV_LOGGER_H
#define CNN_CSV_LOGGER_H
#include "abi.h"

enum { CSV_APPEND, CSV_SETTINGS }; // settings: what the file has stays
enum { CSV_FILE, CSV_SEPARATOR, CSV_TEXTS }; // texts; the separator is one byte
extern const CnnCallbackClass cnn_csv_logger;
#endif
