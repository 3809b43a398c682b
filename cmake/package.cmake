# SPDX-License-Identifier: MIT
# What is installed beside cnnc and its runtime, and packages of it all: cpack -G DEB, or -G TGZ.
include(CMakePackageConfigHelpers)

# From the folder of the file back to the prefix, so that what is installed may be moved.
file(RELATIVE_PATH CNNC_UP "/${CMAKE_INSTALL_LIBDIR}/cmake/cnnc" "/")
file(RELATIVE_PATH CNNC_PC_UP "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/cnncConfig.cmake package/cnncConfig.cmake @ONLY)
configure_file(cmake/cnnc.pc.in package/cnnc.pc @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/cnncConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/cnncConfig.cmake ${PROJECT_BINARY_DIR}/package/cnncConfigVersion.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cnnc)
install(FILES ${PROJECT_BINARY_DIR}/package/cnnc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES docs/cnnc.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/cnnc-program.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs models examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS
    PATTERN "cnnc*.[17]" EXCLUDE PATTERN __pycache__ EXCLUDE)
install(DIRECTORY LICENSES/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/LICENSES)

# Where Debian's Python looks for packages. It finds the command in $PATH.
configure_file(python/cnnc/__init__.py package/cnnc/__init__.py @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/cnnc/__init__.py python/cnnc/__main__.py
    DESTINATION lib/python3/dist-packages/cnnc)

if(NOT CMAKE_CROSSCOMPILING)
    set(completions)
    foreach(shell bash zsh fish)
        set(script ${PROJECT_BINARY_DIR}/package/cnnc.${shell})
        add_custom_command(OUTPUT ${script} COMMAND cnnc --print-completion=${shell} > ${script} DEPENDS cnnc VERBATIM)
        list(APPEND completions ${script})
    endforeach()
    add_custom_target(completions ALL DEPENDS ${completions})
    install(FILES ${PROJECT_BINARY_DIR}/package/cnnc.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME cnnc)
    install(FILES ${PROJECT_BINARY_DIR}/package/cnnc.zsh
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _cnnc)
    install(FILES ${PROJECT_BINARY_DIR}/package/cnnc.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# A Python package around the same programs: cmake --build BUILD --target wheel
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND NOT CMAKE_CROSSCOMPILING)
    add_custom_target(wheel
        COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${PROJECT_BINARY_DIR}/wheel/prefix --strip
        COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/wheel.py ${PROJECT_BINARY_DIR}/wheel/prefix
            ${PROJECT_VERSION} ${PROJECT_BINARY_DIR}/wheel
        VERBATIM)
endif()

set(CPACK_PACKAGE_NAME cnnc)
set(CPACK_PACKAGE_VENDOR cnnc)
set(CPACK_PACKAGE_CONTACT "the maintainers of cnnc")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compiles neural networks to native programs and objects")
set(CPACK_PACKAGE_DESCRIPTION
    "A file in Keras's notation for a Sequential model becomes a program that trains, evaluates and predicts, or an object that predicts.")
if(NOT CNNC_STATIC) # the archive of programs that hold LLVM may lie anywhere
    set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
endif()
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What `cnnc build` links programs with, and what links them.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "gcc | clang, libc6-dev, zlib1g-dev, libjansson-dev")
foreach(library CRYPTO:libssl-dev PNG:libpng-dev JPEG:libjpeg-dev)
    string(REPLACE ":" ";" library ${library})
    list(GET library 0 found)
    list(GET library 1 package)
    if(CNNC_${found})
        string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", ${package}")
    endif()
endforeach()
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libopenblas-dev, libopenmpi-dev, lld-19, python3-numpy")
include(CPack)
