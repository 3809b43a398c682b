// SPDX-License-Identifier: MIT
// See hdf5_file.h.
#include "exchange/hdf5_file.h"
#include <stdlib.h>
#include <string.h>

enum { NAME = 1100, MOST_TEXTS = 100000 };

static hid_t refuse(CnnError *error, const char *what, const char *path) {
    cnn_fail(error, CNN_REFUSED, "'%s' %s", path, what);
    return -1;
}

hid_t hdf5_open(const Hdf5Source *source, CnnError *error) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); // it prints nothing itself
    H5PLset_loading_state(0);
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    if (source->bytes) {
        H5Pset_fapl_core(access, 1 << 16, 0);
        H5Pset_file_image(access, (void *)source->bytes, source->size);
    }
    hid_t file = H5Fopen(source->path, H5F_ACC_RDONLY, access);
    if (file < 0) cnn_fail(error, CNN_REFUSED, "is damaged, or no HDF5 file");
    return file;
}

bool hdf5_has(hid_t at, const char *name) {
    H5L_info_t info;
    return *name && strcmp(name, ".") != 0 && H5Lexists(at, name, H5P_DEFAULT) > 0 &&
           H5Lget_info(at, name, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

// The object at a path all of whose parts are hard links.
static hid_t object_at(hid_t at, const char *path, H5I_type_t type, CnnError *error) {
    char name[NAME];
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, "/");
        if (n >= sizeof name) return refuse(error, "is too long a name", path);
        memcpy(name, part, n);
        name[n] = 0;
        if (!hdf5_has(at, name)) {
            bool any = *name && H5Lexists(at, name, H5P_DEFAULT) > 0;
            const char *link = "is a link to elsewhere, which is not followed";
            return refuse(error, any ? link : "is not in the file", path);
        }
        at = H5Oopen(at, name, H5P_DEFAULT);
        if (at < 0) return refuse(error, "cannot be read: the file is damaged", path);
        part += n + (part[n] == '/');
    }
    const char *kind = type == H5I_GROUP ? "is no group" : "is no dataset";
    return H5Iget_type(at) == type ? at : refuse(error, kind, path);
}

hid_t hdf5_group(hid_t at, const char *path, CnnError *error) {
    return object_at(at, path, H5I_GROUP, error);
}

int64_t hdf5_links(hid_t group) {
    H5G_info_t info;
    return H5Gget_info(group, &info) < 0 || info.nlinks > INT32_MAX ? -1 : (int64_t)info.nlinks;
}

bool hdf5_link(hid_t group, int64_t i, char *name, size_t size, CnnError *error) {
    ssize_t n = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, (hsize_t)i, name, size,
                                   H5P_DEFAULT);
    if (n > 0 && (size_t)n < size) return true;
    return cnn_fail(error, CNN_REFUSED, "a group of the file has a link without a proper name");
}

// ---------------------------------------------------------------------------------------- tensors

static bool has_extents(hid_t space, int rank, const int64_t *dim) {
    hsize_t has[H5S_MAX_RANK];
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return false;
    if (H5Sget_simple_extent_ndims(space) != rank) return false;
    if (rank && H5Sget_simple_extent_dims(space, has, NULL) < 0) return false;
    for (int d = 0; d < rank; d++)
        if (has[d] != (hsize_t)dim[d]) return false;
    return true;
}

static const char *extents_text(char *text, size_t size, int rank, const int64_t *dim) {
    size_t at = (size_t)snprintf(text, size, "(");
    for (int d = 0; d < rank && at < size; d++)
        at += (size_t)snprintf(text + at, size - at, "%s%lld", d ? ", " : "", (long long)dim[d]);
    if (at < size) snprintf(text + at, size - at, rank == 1 ? ",)" : ")");
    return text;
}

static bool refuse_extents(hid_t space, const char *path, int rank, const int64_t *dim,
                           CnnError *error) {
    char seen[200], wanted[200];
    hsize_t has[H5S_MAX_RANK] = {0};
    int64_t is[H5S_MAX_RANK];
    int n = H5Sget_simple_extent_ndims(space);
    if (n < 0) n = 0;
    H5Sget_simple_extent_dims(space, has, NULL);
    for (int d = 0; d < n; d++) is[d] = has[d] > INT64_MAX ? INT64_MAX : (int64_t)has[d];
    return cnn_fail(error, CNN_REFUSED, "'%s' has the shape %s, and the model needs %s", path,
                    extents_text(seen, sizeof seen, n, is),
                    extents_text(wanted, sizeof wanted, rank, dim));
}

// What is wrong with how a dataset is stored, or NULL.
static const char *storage_fault(hid_t set, int64_t count) {
    hid_t how = H5Dget_create_plist(set), type = H5Dget_type(set);
    H5T_class_t class = H5Tget_class(type);
    H5D_layout_t layout = H5Pget_layout(how);
    hsize_t chunk[H5S_MAX_RANK];
    if (layout == H5D_VIRTUAL) return "is made of other datasets, which are not followed";
    if (layout < 0 || layout > H5D_CHUNKED) return "is stored in a way that is not known";
    if (H5Pget_external_count(how) != 0) return "lies in other files, which are not followed";
    if (class != H5T_FLOAT && class != H5T_INTEGER) return "holds no numbers";
    if (H5Tget_size(type) > 8) return "holds numbers of more than 64 bits";
    if (H5Aexists(set, "dtype") > 0) return "holds numbers of another type than float32";
    double size = 1; // of a chunk, which is read as a whole
    int rank = layout == H5D_CHUNKED ? H5Pget_chunk(how, H5S_MAX_RANK, chunk) : 0;
    for (int d = 0; d < rank; d++) size *= (double)chunk[d];
    return size > 16.0 * (double)count + 0x1p20 ? "is stored in chunks that are far too large"
                                                : NULL;
}

bool hdf5_floats(hid_t at, const char *path, int rank, const int64_t *dim, float *to,
                 CnnError *error) {
    hid_t set = object_at(at, path, H5I_DATASET, error);
    if (set < 0) return false;
    hid_t space = H5Dget_space(set);
    if (!has_extents(space, rank, dim)) return refuse_extents(space, path, rank, dim, error);
    int64_t count = 1; // of a shape that is known: it was checked
    for (int d = 0; d < rank; d++) count *= dim[d];
    const char *fault = storage_fault(set, count);
    if (!fault && H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0)
        fault = "cannot be read: the file is damaged";
    H5Sclose(space);
    H5Dclose(set);
    return !fault || refuse(error, fault, path) >= 0;
}

// ------------------------------------------------------------------------------------- attributes

// Strings of an attribute of rank 0 or 1, in memory of malloc, ended by 0 each. So many, or -1.
static int64_t read_texts(hid_t attribute, size_t most, char ***list) {
    hid_t space = H5Aget_space(attribute), type = H5Aget_type(attribute);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    int rank = H5Sget_simple_extent_ndims(space);
    if (n == 0) return *list = NULL, 0;
    if (n < 0 || n > MOST_TEXTS || rank > 1 || H5Tget_class(type) != H5T_STRING) return -1;
    bool variable = H5Tis_variable_str(type) > 0;
    size_t size = H5Tget_size(type), room = variable ? sizeof(char *) : size + 1;
    if (size < 1 || size > most || (!variable && room > most / (size_t)n + 2)) return -1;
    hid_t wanted = H5Tcopy(H5T_C_S1);
    H5Tset_size(wanted, variable ? H5T_VARIABLE : room);
    H5Tset_cset(wanted, H5Tget_cset(type));
    char *raw = calloc((size_t)n, room);
    *list = calloc((size_t)n, sizeof **list);
    if (!raw || !*list || H5Aread(attribute, wanted, raw) < 0) return -1;
    for (hssize_t i = 0; i < n; i++) {
        (*list)[i] = variable ? ((char **)raw)[i] : raw + (size_t)i * room;
        if (!(*list)[i] || strlen((*list)[i]) > most) return -1;
    }
    return n;
}

char *hdf5_text(hid_t at, const char *attribute, size_t most, CnnError *error) {
    char **list;
    if (H5Aexists(at, attribute) <= 0) return NULL;
    hid_t id = H5Aopen(at, attribute, H5P_DEFAULT);
    if (id >= 0 && read_texts(id, most, &list) == 1) return list[0];
    refuse(error, "is no proper text", attribute);
    return NULL;
}

int64_t hdf5_texts(hid_t at, const char *attribute, char ***list, CnnError *error) {
    enum { MOST = 1 << 24 };
    *list = NULL;
    if (H5Aexists(at, attribute) <= 0) return 0;
    hid_t id = H5Aopen(at, attribute, H5P_DEFAULT);
    int64_t n = id < 0 ? -1 : read_texts(id, MOST, list);
    return n < 0 ? refuse(error, "is no proper list of names", attribute) : n;
}
