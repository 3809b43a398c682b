# SPDX-License-Identifier: MIT
# Writes the C file OUT with the bytes of LLVM's code in FILES, for codegen/core.c: a list of rows
# {architecture, bytes, length}. A file's name is ARCHITECTURE/NAME.bc.
set(rows "")
file(WRITE ${OUT} "// Made by runtime/core.cmake.\n#include \"codegen/core.h\"\n")
set(n 0)
foreach(file ${FILES})
    cmake_path(GET file PARENT_PATH folder)
    cmake_path(GET folder FILENAME arch)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    file(APPEND ${OUT} "static const unsigned char code${n}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${arch}\", code${n}, sizeof code${n}},\n")
    math(EXPR n "${n} + 1")
endforeach()
file(APPEND ${OUT} "const CoreCode core_code[] = {\n${rows}    {NULL, NULL, 0},\n};\n")
