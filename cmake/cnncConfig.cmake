# SPDX-License-Identifier: MIT
# find_package(cnnc) gives
#   cnnc_add_model(TARGET FILE WEIGHTS [PREFIX P] [CPU NAME] [OPTIONS OPTION...])
# a static library TARGET of the trained model FILE, with its WEIGHTS: who links it includes P.h, in which P is
# FILE's stem unless PREFIX says otherwise. It is compiled for the processor that the project is compiled for, for
# its baseline unless CPU names another; OPTIONS go to cnnc emit as they are. With --weights=extern among them the
# weights become a file, which TARGET's property CNNC_WEIGHTS names.
get_filename_component(cnnc_prefix "${CMAKE_CURRENT_LIST_DIR}/@CNNC_UP@" ABSOLUTE)
find_program(CNNC_EXECUTABLE cnnc HINTS "${cnnc_prefix}/@CMAKE_INSTALL_BINDIR@")
if(NOT CNNC_EXECUTABLE)
    set(cnnc_FOUND FALSE)
    set(cnnc_NOT_FOUND_MESSAGE "there is no cnnc in ${cnnc_prefix}/@CMAKE_INSTALL_BINDIR@, nor in the PATH")
endif()

function(cnnc_add_model target file weights)
    cmake_parse_arguments(PARSE_ARGV 3 MODEL "" "PREFIX;CPU" "OPTIONS")
    if(MODEL_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "cnnc_add_model(${target}): what are ${MODEL_UNPARSED_ARGUMENTS}?")
    endif()
    get_filename_component(file "${file}" ABSOLUTE)
    get_filename_component(weights "${weights}" ABSOLUTE)
    if(NOT MODEL_PREFIX)
        get_filename_component(stem "${file}" NAME_WE)
        string(MAKE_C_IDENTIFIER "${stem}" MODEL_PREFIX)
    endif()
    set(flags "--prefix=${MODEL_PREFIX}" ${MODEL_OPTIONS})
    if(MODEL_CPU)
        list(APPEND flags "-mcpu=${MODEL_CPU}")
    endif()
    if(CMAKE_CROSSCOMPILING)
        list(APPEND flags "--target=${CMAKE_SYSTEM_PROCESSOR}-linux-gnu")
    endif()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.cnnc")
    set(object "${folder}/${MODEL_PREFIX}.o")
    set(header "${folder}/${MODEL_PREFIX}.h")
    set(made "${object}" "${header}")
    set(with_weights -w "${weights}")
    set(more)
    if("${flags}" MATCHES "--weights=extern")
        set(apart "${folder}/${MODEL_PREFIX}.weights")
        list(APPEND made "${apart}")
        set(more COMMAND "${CNNC_EXECUTABLE}" emit "${file}" ${with_weights} --as=weights -o "${apart}" ${flags})
        set(with_weights)
    endif()
    file(MAKE_DIRECTORY "${folder}")
    add_custom_command(
        OUTPUT ${made}
        COMMAND "${CNNC_EXECUTABLE}" emit "${file}" ${with_weights} --as=obj -o "${object}" ${flags}
        COMMAND "${CNNC_EXECUTABLE}" emit "${file}" --as=header -o "${header}" ${flags}
        ${more}
        DEPENDS "${file}" "${weights}" "${CNNC_EXECUTABLE}"
        COMMENT "Compiling the model ${MODEL_PREFIX}"
        VERBATIM)
    set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
    add_library(${target} STATIC ${made})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C CNNC_WEIGHTS "${apart}")
    target_include_directories(${target} INTERFACE "${folder}")
endfunction()
