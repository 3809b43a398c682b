// SPDX-License-Identifier: MIT
// What each error code means, with a script that has it and one that has not. tests/explain.py holds every script to
// its code, and the codes to those that the compiler reports.
#include "driver/explain.h"

#define MODEL                                                                                      \
    "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])\n"
#define COMPILED MODEL "model.compile(\"adam\", \"mse\")\n"

const Explanation explanations[] = {
    // ---- the text
    {1, "something stands where nothing like it may stand",
     "The text is not what Python's grammar allows here. The place is that of the first word "
     "that does not fit; what is missing is often just before it.",
     "model = \n", MODEL},
    {2, "a comma is missing",
     "Two values stand side by side. The rest is read as if the comma were there, so that later "
     "errors are shown too.",
     "model = keras.Sequential([keras.Input((4,)) layers.Dense(10)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {3, "the indentation is wrong",
     "A line that ends in ':' opens a block, whose lines are indented alike and more than it; "
     "all other lines go on at the indentation of one before.",
     "for units in (64, 32):\nprint(units)\n" MODEL,
     "for units in (64, 32):\n    print(units)\n" MODEL},
    {4, "an argument is given with ':'", "Arguments are given with '='; ':' stands in dicts.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(units: 10)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(units=10)])\n"},
    {5, "not part of the language",
     "Python has it, this language has not: generators, coroutines, operators on bits, strings "
     "of bytes; or it is no proper number or string. docs/language.md says what there is.",
     "def batches():\n    yield 1\n" MODEL, "def batches():\n    return [1]\n" MODEL},
    {6, "brackets do not match",
     "Each bracket is closed by one of its own kind, in the order in which they were opened.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10))\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {7, "nested too deeply",
     "Brackets, blocks and calls of functions go up to 200 within each other. A function that "
     "calls itself without an end gets here.",
     "def again(n):\n    return again(n + 1)\nagain(0)\n" MODEL,
     "def again(n):\n    return n if n > 9 else again(n + 1)\nagain(0)\n" MODEL},
    {8, "the file is no text",
     "A script is UTF-8 without NUL bytes, and at most 1 MiB long. A picture or an archive was "
     "given, or a text in another encoding: iconv -f LATIN1 -t UTF-8 makes UTF-8 of Latin 1.",
     NULL, NULL},
    // ---- values
    {101, "unknown name",
     "Nothing has given this name a value before this place. All names of Keras are known "
     "without imports; those of other libraries after theirs.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(unit)])\n",
     "units = 10\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(units)])\n"},
    {102, "it has no such part, or cannot be used so",
     "A module, an object or a value has no attribute of this name, cannot be called, or holds "
     "no items. Of Keras 1 and 2 the help says what Keras 3 calls it, and `cnnc check --fix` "
     "writes that.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dence(10)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {103, "an operator does not go with these values",
     "As in Python: a string and a number are not added, a list is no key of a dict.",
     "print(\"units: \" + 10)\n" MODEL, "print(\"units: \" + str(10))\n" MODEL},
    {104, "a number is too large",
     "Integers have 64 bits and floats those of a double; Python's own integers have no end. A "
     "result that would be a complex number is refused here too.",
     "n = 2 ** 63\n" MODEL, "n = 2 ** 62\n" MODEL},
    {105, "division by zero", "By 0, or the remainder of a division by 0.",
     "steps = 60000 // 0\n" MODEL, "steps = 60000 // 128\n" MODEL},
    {106, "too much",
     "A script is run when it is compiled, so its work has bounds: 10,000,000 operations, "
     "sequences of 1,048,576 items, strings of 16 MiB. Data is not read then, and has none of "
     "these bounds.",
     "numbers = [0] * 2000000\n" MODEL, "numbers = [0] * 1000\n" MODEL},
    {107, "no such item",
     "The index is outside the sequence, or the dict, file or table has no such key, array or "
     "column.",
     "sizes = (3, 5)\nprint(sizes[2])\n" MODEL, "sizes = (3, 5)\nprint(sizes[1])\n" MODEL},
    {108, "a function that is given by name is called",
     "A layer takes the name of an activation, compile that of a loss: as a string or as the "
     "function itself, without brackets.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, "
     "activation=keras.activations.relu(3))])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, "
     "activation=keras.activations.relu)])\n"},
    {110, "Keras has it, cnnc has not yet",
     "The name is Keras's, and is not compiled. README.md lists what is not there yet.",
     "model = keras.Sequential([keras.Input((10, 4)), layers.LSTM(8)])\n",
     "model = keras.Sequential([keras.Input((10, 4)), layers.Conv1D(8, 3), "
     "layers.GlobalAveragePooling1D()])\n"},
    // ---- arguments
    {201, "unknown argument",
     "The layer, function or method takes no argument of this name. Of old names the help says "
     "what Keras 3 calls it, and `cnnc check --fix` writes that.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(output_dim=10)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(units=10)])\n"},
    {202, "too many arguments without a name",
     "Those that come later in Keras's list are given by name alone.",
     "model = keras.Sequential([keras.Input((4,)), layers.Flatten(None, 3)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Flatten()])\n"},
    {203, "an argument without a name behind one with a name",
     "As in Python, arguments without a name come first.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(units=10, \"relu\")])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, \"relu\")])\n"},
    {204, "an argument is given twice",
     "By its place and by its name, twice by its name, or by two names of one thing.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, units=3)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {205, "an argument is missing", "It has no default, so it must be given.",
     "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(kernel_size=3)])\n",
     "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, kernel_size=3)])\n"},
    {206, "an argument of the wrong kind",
     "A number where a string is wanted, three sizes where there are two, a string that is none "
     "of those that may stand here; or a value that is not known when the script is compiled.",
     "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3, "
     "padding=\"sane\")])\n",
     "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3, "
     "padding=\"same\")])\n"},
    {207, "an argument out of range",
     "It is of the right kind, but too small, too large or against another one.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dropout(1.5)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5)])\n"},
    {208, "an argument, or a value of it, is not supported yet",
     "Keras takes it and would do something with it; cnnc would not, so it does not take it. "
     "Left out it has its default.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, dtype=\"float16\")])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {210, "nothing is known by this string",
     "A string names an activation, loss, metric, optimiser and so on, or what a callback "
     "watches. Case does not matter.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, activation=\"rellu\")])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, activation=\"relu\")])\n"},
    {211, "a layer's name holds a '/'",
     "Weights are stored as LAYER/VARIABLE, so a name holds none itself.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, name=\"a/b\")])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10, name=\"a_b\")])\n"},
    // ---- shapes
    {301, "a window does not fit its input",
     "With padding=\"valid\" a kernel or pool is taken only where all of it lies within the "
     "input, so the input must be as large as it, with its dilation. The message shows the sum.",
     "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 11)])\n",
     "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 11, "
     "padding=\"same\")])\n"},
    {302, "an input of the wrong rank",
     "A layer of two dimensions wants (None, height, width, channels), one of one dimension "
     "(None, steps, channels). Reshape and Flatten change what there is.",
     "model = keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3)])\n",
     "model = keras.Sequential([keras.Input((28, 28)), layers.Reshape((28, 28, 1)), "
     "layers.Conv2D(8, 3)])\n"},
    {303, "the sizes do not agree",
     "Reshape must keep the number of values, groups must divide the channels, Permute must name "
     "each dimension once.",
     "model = keras.Sequential([keras.Input((28, 28)), layers.Reshape((10, 10))])\n",
     "model = keras.Sequential([keras.Input((28, 28)), layers.Reshape((784,))])\n"},
    {305, "strides together with a dilation", "Keras refuses it too: one of the two is 1.",
     "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3, strides=2, "
     "dilation_rate=2)])\n",
     "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3, strides=2)])\n"},
    {306, "too large", "No tensor and not all weights together may take more than 2^38 bytes.",
     "model = keras.Sequential([keras.Input((200000,)), layers.Dense(2000000)])\n",
     "model = keras.Sequential([keras.Input((2000,)), layers.Dense(200)])\n"},
    {307, "the data, labels or loss do not go with the model",
     "The shape of a sample must be the model's input, that of a label what the loss takes for "
     "the model's output: class numbers go with sparse_categorical_crossentropy, one-hot rows "
     "with categorical_crossentropy.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])\n"
     "class_names = [\"cat\", \"dog\", \"bird\"]\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])\n"
     "class_names = [\"cat\", \"dog\"]\n"},
    {308, "the model has no layer", "There is nothing to compile.",
     "model = keras.Sequential()\nmodel.summary()\n",
     "model = keras.Sequential()\n"
     "model.add(keras.Input((4,)))\n"
     "model.add(layers.Dense(10))\n"
     "model.summary()\n"},
    {309, "the input of the model is not known, or given twice",
     "A model starts with its Input, its first layer has an input_shape, or the data that fit is "
     "given says it.",
     "model = keras.Sequential([layers.Dense(10)])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {310, "two layers have one name, or one layer stands in two places",
     "Weights are stored by the names of layers.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(8, name=\"a\"), layers.Dense(2, "
     "name=\"a\")])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(8, name=\"a\"), layers.Dense(2, "
     "name=\"b\")])\n"},
    {311, "an initialiser or regulariser for other weights",
     "Identity makes matrices, and a convolution's kernel is none; Orthogonal wants two "
     "dimensions or more.",
     "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, "
     "kernel_initializer=\"identity\")])\n",
     "model = keras.Sequential([keras.Input((8,)), layers.Dense(8, "
     "kernel_initializer=\"identity\")])\n"},
    // ---- statements
    {400, "the file has no model",
     "No statement makes a keras.Sequential that has layers. Where warnings say that lines of it "
     "were left out, they say of what library they are.",
     "print(\"no model\")\n", MODEL},
    {401, "expected a layer",
     "A Sequential holds layers and other Sequentials: objects, made by a call. What comes of "
     "another library, as a trained model of keras.applications, is none.",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense])\n",
     "model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])\n"},
    {404, "this cannot be printed",
     "Results of the program are printed one by one, and results of two models are not reckoned "
     "with together.",
     NULL, NULL},
    {406, "the model is changed too late",
     "add and pop stand before the first compile, fit or evaluate.",
     COMPILED "model.add(layers.Dense(3))\n",
     MODEL "model.add(layers.Dense(3))\nmodel.compile(\"adam\", \"mse\")\n"},
    {407, "a method of the model is not supported yet",
     "Keras has it. README.md lists what is not there yet.", MODEL "model.set_weights([])\n",
     MODEL "model.summary()\n"},
    {408, "too many metrics", "A model has up to 8 of them.", NULL, NULL},
    {410, "this cannot be assigned",
     "As many names as values stand on both sides; attributes and items are set of few things, "
     "and before these are used.",
     "rows, columns = 28, 28, 1\n" MODEL, "rows, columns, channels = 28, 28, 1\n" MODEL},
    {411, "fit or evaluate is given what it does not take",
     "Samples and labels are arrays; a callback that watches val_loss wants validation data; "
     "arguments that exclude each other are given together.",
     COMPILED "model.fit([1, 2, 3], [1, 2, 3])\n", COMPILED "model.fit(x_train, y_train)\n"},
    {412, "compile is missing",
     "fit and evaluate need a loss and an optimiser, which compile gives.",
     MODEL "model.fit(x_train, y_train)\n", COMPILED "model.fit(x_train, y_train)\n"},
    {413, "the script ends here", "By `assert` or `raise`, which were reached.",
     "assert 28 * 28 == 748\n" MODEL, "assert 28 * 28 == 784\n" MODEL},
    {414, "'return' outside a function", "It ends a function, and there is none around it.",
     "return 1\n" MODEL, "def one():\n    return 1\n" MODEL},
    {415, "'with' of something else",
     "`with` stands before what is foreign, a file or a strategy of tf.distribute, whose block "
     "is run as it is.",
     "with 3:\n    pass\n" MODEL, "import os\nwith os.scandir(\".\"):\n    pass\n" MODEL},
    {416, "a class derived from Keras's own",
     "Its code would have to be compiled as Python. Models and layers are made of Keras's own.",
     "class Net(keras.Model):\n    pass\n" MODEL, MODEL},
    {417, "whether this runs is not known",
     "The script is run when it is compiled. What the model is made of may not depend on what is "
     "not known then: a file that may be there, the time, another library's value.",
     "import os\n" MODEL "if os.path.exists(\"more\"):\n    model.add(layers.Dense(3))\n",
     "more = True\n" MODEL "if more:\n    model.add(layers.Dense(3))\n"},
    {418, "a format that does not go with its value",
     "As in Python; the formats of results are those that C has, too.", "print(f\"{1:q}\")\n" MODEL,
     "print(f\"{1:d}\")\n" MODEL},
    {419, "no program can be built",
     "Summary, check and fmt need the model alone; a program needs its data and all that changes "
     "its training. The message says what is lacking.",
     NULL, NULL},
    {420, "a file of data cannot be read",
     "It is not there, is no file of its kind, or is damaged: the message says which and what it "
     "found.",
     NULL, NULL},
    {421, "a column of a table holds no numbers",
     "What a model is given are numbers. Columns of texts and missing values are left out, or "
     "made into numbers by the script.",
     NULL, NULL},
    {423, "fmt --model would make another model",
     "What is left out as foreign has a part in the model, so the rest alone would not be the "
     "same.",
     NULL, NULL},
    {424, "which model?",
     "A file of several models is compiled for one of them: --model NAME says which, by the name "
     "of its variable.",
     NULL, NULL},
    {0},
};
