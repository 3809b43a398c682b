// SPDX-License-Identifier: 0BSD
// What the compiler tells TensorBoard.
#ifndef CNN_TENSORBOARD_H
#define CNN_TENSORBOARD_H
#include "abi.h"

enum { // settings
    BOARD_STEPS, // figures of every so many steps too; 0: of epochs alone
    BOARD_SPEED, // steps a second among them
    BOARD_SETTINGS
};
enum { BOARD_FOLDER, BOARD_TEXTS }; // texts
extern const CnnCallbackClass cnn_tensorboard;
#endif
