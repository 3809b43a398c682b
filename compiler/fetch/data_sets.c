// SPDX-License-Identifier: MIT
#include "fetch/data_sets.h"
#include <stddef.h>

const DataSet data_sets[] = {
    {.name = "mnist", // 60,000 and 10,000 digits of 28 x 28: Y. LeCun, C. Cortes, C. Burges
     .mirror = {"https://ossci-datasets.s3.amazonaws.com/mnist",
                "https://storage.googleapis.com/cvdf-datasets/mnist"},
     .most = 64000000,
     .file = {{"train-images-idx3-ubyte", 47040016,
               "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
              {"train-labels-idx1-ubyte", 60008,
               "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
              {"t10k-images-idx3-ubyte", 7840016,
               "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
              {"t10k-labels-idx1-ubyte", 10008,
               "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}}},
    {.name = "fashion-mnist", // clothes, in the form of MNIST: Zalando Research
     .mirror = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"},
     .most = 64000000,
     .file = {{"train-images-idx3-ubyte", 47040016,
               "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
              {"train-labels-idx1-ubyte", 60008,
               "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
              {"t10k-images-idx3-ubyte", 7840016,
               "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
              {"t10k-labels-idx1-ubyte", 10008,
               "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}}},
    {.name =
         "cifar10", // 50,000 and 10,000 pictures of 32 x 32 x 3, a byte of class before each: A. Krizhevsky
     .mirror = {"https://www.cs.toronto.edu/~kriz"},
     .archive = "cifar-10-binary.tar.gz",
     .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
     .most = 200000000,
     .file = {{"data_batch_1.bin", 30730000,
               "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
              {"data_batch_2.bin", 30730000,
               "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
              {"data_batch_3.bin", 30730000,
               "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
              {"data_batch_4.bin", 30730000,
               "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
              {"data_batch_5.bin", 30730000,
               "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
              {"test_batch.bin", 30730000,
               "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"}}},
    {.name = "cifar100", // the same with two bytes of class: 20 coarse and 100 fine ones
     .mirror = {"https://www.cs.toronto.edu/~kriz"},
     .archive = "cifar-100-binary.tar.gz",
     .sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
     .most = 200000000,
     .file = {{"train.bin", 153700000,
               "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"},
              {"test.bin", 30740000,
               "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"}}},
    {.name = NULL},
};
