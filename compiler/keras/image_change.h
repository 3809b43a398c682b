// SPDX-License-Identifier: MIT
// What an ImageDataGenerator does to images at random, in training alone: the same mathematics, in the same order,
// as Keras has it; the random numbers are our own. See image_change.c.
#ifndef CNNC_IMAGE_CHANGE_H
#define CNNC_IMAGE_CHANGE_H
#include "model/model.h"

typedef struct Step Step;

// A shift along an axis: any number up to `most` either way, or one of a list, either way.
typedef struct Shift {
    double most; // 0 without a list: none
    bool of_size; // these are shares of the axis
    int n; // of the list; 0: there is none
    const double *of;
} Shift;

struct ImageChange {
    double turn, shear; // degrees, either way
    Shift height, width;
    double zoom[2]; // least and most
    bool flips_columns, flips_rows;
    double channels; // added to all values, either way; in units of the model's input
    bool brightens; // multiplies by a number between these two
    double brightness[2], unit; // values are whole numbers from 0 to 255 of this unit
    int fill; // WarpFill
    double outside; // in units of the model's input
    bool nearest; // of an image's pixels, else between them
    bool centers, divides; // an image has mean 0, and deviation 1
};

bool image_change_none(const ImageChange *c); // it leaves images as they are
bool image_change_equal(const ImageChange *a, const ImageChange *b); // either may be NULL
void image_change_print(FILE *f, const ImageChange *c); // for people
bool image_change_fits(const Shape *image); // it can be changed
int image_change_build(Step *s, const ImageChange *c, int x); // image x changed
#endif
