// SPDX-License-Identifier: 0BSD
// The rule for outputs, with the faults really caused: links, FIFOs, a device, read-only folders, a
// limit of size. Each case runs in an empty folder, and nothing but the wanted names may be in it.
#define _GNU_SOURCE // setresuid
#include "check.h"
#include "../../runtime/io/outfile.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

enum { NOBODY = 65534 };

static bool put_at(const char *path, const Kept *kept, int64_t bytes, CnnError *error) {
    static const OutPart parts[] = {{"ne", 2}, {"", 0}, {"w", 1}};
    OutFile out;
    if (!outfile_open(&out, path, kept, bytes, error)) return false;
    bool ok = outfile_write(&out, parts, 3, error);
    outfile_close(&out);
    return ok;
}

static bool put(const char *path) {
    CnnError error = {0};
    return put_at(path, NULL, 3, &error);
}

static void assert_text(const char *path, const char *text) {
    char *seen = read_file(path, NULL);
    assert_string_equal(seen, text);
    free(seen);
}

static int count_entries(void) {
    DIR *folder = opendir(".");
    int n = -2; // . and ..
    while (readdir(folder)) n++;
    closedir(folder);
    return n;
}

static int empty_folder(void **state) {
    (void)state;
    return system("rm -rf case && mkdir -m 777 case") == 0 && chdir("case") == 0 ? 0 : -1;
}

static int leave_case(void **state) {
    (void)state;
    return chdir("..");
}

static mode_t mode_of(const char *path) {
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode;
}

static void a_file_is_replaced_whole(void **state) {
    struct stat before, after;
    (void)state;
    umask(022);
    assert_true(put("new"));
    assert_int_equal(mode_of("new"), S_IFREG | 0644);
    write_file("old", "something longer", 16);
    stat("old", &before);
    assert_true(put("old"));
    stat("old", &after);
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_text("new", "new");
    assert_text("old", "new");
    assert_int_equal(count_entries(), 2);
}

static void mode_and_owner_are_kept(void **state) {
    struct stat info;
    (void)state;
    write_file("private", "old", 3);
    chmod("private", 0600);
    assert_true(put("private"));
    assert_int_equal(mode_of("private"), S_IFREG | 0600);
    chmod("private", 0604 | S_ISUID);
    assert_true(put("private"));
    assert_int_equal(mode_of("private"), S_IFREG | 0604);
    if (geteuid() != 0) return;
    assert_int_equal(chown("private", NOBODY, 1234), 0);
    assert_true(put("private"));
    stat("private", &info);
    assert_int_equal(info.st_uid, NOBODY);
    assert_int_equal(info.st_gid, 1234);
}

static void programs_can_be_run(void **state) {
    CnnError error = {0};
    OutFile out;
    (void)state;
    umask(022);
    write_file("private", "old", 3);
    chmod("private", 0600);
    for (int i = 0; i < 2; i++) {
        assert_true(outfile_open(&out, i ? "private" : "new", NULL, 0, &error));
        out.program = true;
        assert_true(outfile_write(&out, NULL, 0, &error));
        outfile_close(&out);
    }
    assert_int_equal(mode_of("new"), S_IFREG | 0755);
    assert_int_equal(mode_of("private"), S_IFREG | 0700);
}

static void links_stay(void **state) {
    (void)state;
    assert_int_equal(mkdir("folder", 0777), 0);
    write_file("folder/old", "old", 3);
    assert_int_equal(symlink("old", "folder/one"), 0);
    assert_int_equal(symlink("folder/one", "two"), 0);
    assert_int_equal(symlink("folder/none", "dangling"), 0);
    assert_int_equal(symlink("no/such", "nowhere"), 0);
    assert_int_equal(symlink("ring", "ring"), 0);
    assert_true(put("two"));
    assert_true(put("dangling"));
    assert_false(put("nowhere"));
    assert_false(put("ring"));
    assert_true(S_ISLNK(mode_of("two")) && S_ISLNK(mode_of("folder/one")));
    assert_true(S_ISLNK(mode_of("dangling")));
    assert_text("folder/old", "new");
    assert_text("folder/none", "new");
    assert_int_equal(count_entries(), 5);
}

static void what_lies_beside_is_left_alone(void **state) {
    (void)state;
    write_file("w.tmp", "mine", 4);
    write_file("victim", "mine", 4);
    assert_int_equal(symlink("victim", "v.tmp"), 0);
    assert_int_equal(mkfifo("f.tmp", 0666), 0);
    assert_int_equal(mkdir("d.tmp", 0777), 0);
    assert_true(put("w") && put("v") && put("f") && put("d"));
    assert_text("w.tmp", "mine");
    assert_text("victim", "mine");
    assert_int_equal(count_entries(), 9);
}

static void names_may_be_long(void **state) {
    char name[257];
    (void)state;
    for (size_t n = 240; n < sizeof name; n++) {
        memset(name, 'n', n);
        name[n] = '\0';
        assert_int_equal(put(name), n <= 255);
    }
    assert_int_equal(count_entries(), 16);
}

static void a_fifo_is_written_through(void **state) {
    char text[8] = "";
    (void)state;
    assert_int_equal(mkfifo("fifo", 0666), 0);
    assert_false(put("fifo")); // nobody reads it; and it does not wait
    int fd = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_true(put("fifo"));
    assert_int_equal(read(fd, text, sizeof text), 3);
    close(fd);
    assert_string_equal(text, "new");
    assert_true(S_ISFIFO(mode_of("fifo")));
    assert_int_equal(count_entries(), 1);
}

static void a_device_is_written_through(void **state) {
    (void)state;
    if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) != 0) skip();
    int fd = open("null", O_WRONLY);
    if (fd < 0) skip(); // devices are not allowed here
    close(fd);
    assert_int_equal(symlink("null", "link"), 0);
    assert_true(put("null") && put("link"));
    assert_true(S_ISCHR(mode_of("null")) && S_ISLNK(mode_of("link")));
    assert_int_equal(count_entries(), 2);
}

static void folders_are_refused(void **state) {
    CnnError error = {0};
    (void)state;
    assert_int_equal(mkdir("folder", 0777), 0);
    assert_false(put_at("folder", NULL, 0, &error));
    assert_int_equal(error.code, CNN_REFUSED);
    assert_false(put("folder/") || put("none/") || put("none/w") || put(""));
    assert_int_equal(count_entries(), 1);
}

static void inputs_are_not_outputs(void **state) {
    Kept kept = {0};
    (void)state;
    write_file("model", "mine", 4);
    write_file("other", "mine", 4);
    assert_int_equal(mkdir("folder", 0777), 0);
    assert_int_equal(symlink("../model", "folder/soft"), 0);
    assert_int_equal(link("model", "hard"), 0);
    kept_add(&kept, "folder/soft", "the model");
    kept_add(&kept, "none", "nothing");
    static const char *const names[] = {"model", "./folder/../model", "hard", "folder/soft"};
    for (int i = 0; i < 4; i++) {
        CnnError error = {0};
        assert_false(put_at(names[i], &kept, 0, &error));
        assert_int_equal(error.code, CNN_REFUSED);
        ASSERT_HAS(error.text, "that file is the model");
    }
    CnnError error = {0};
    assert_true(put_at("other", &kept, 0, &error) && put_at("none", &kept, 0, &error));
    assert_text("model", "mine");
    assert_true(outfile_same("model", "hard") && outfile_same("model", "folder/soft"));
    assert_true(outfile_same("later", "folder/../later"));
    assert_false(outfile_same("model", "other") || outfile_same("later", "sooner"));
    assert_false(outfile_same("later", "folder/later") || outfile_same("model", "later"));
}

// Runs check in a child, so that limits and rights do not stay.
static void in_child(bool (*check)(void)) {
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) _exit(check() ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool meets_limit(void) {
    static char much[4096];
    CnnError error = {0};
    OutFile out;
    outfile_start();
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1024, 1024});
    if (put_at("old", NULL, sizeof much, &error) || error.code != CNN_SYSTEM) return false;
    if (!outfile_open(&out, "old", NULL, 0, &error)) return false;
    return !outfile_write(&out, &(OutPart){much, sizeof much}, 1, &error) && put("small");
}

static void a_limit_of_size_is_an_error(void **state) {
    (void)state;
    write_file("old", "old", 3);
    in_child(meets_limit);
    assert_text("old", "old");
    assert_int_equal(count_entries(), 2);
}

static bool may_not(void) {
    CnnError error = {0};
    OutFile out;
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) return false;
    if (put("protected") || put("readonly/new") || put("readonly/old")) return false;
    if (!outfile_open(&out, "later/w", NULL, 0, &error)) return false;
    if (chmod("later", 0555) != 0) return false; // it becomes read-only after it was looked at
    bool ok = !outfile_write(&out, NULL, 0, &error) && error.code == CNN_SYSTEM;
    outfile_close(&out);
    return chmod("later", 0777) == 0 && ok;
}

static void rights_are_known_before(void **state) {
    (void)state;
    write_file("protected", "old", 3);
    chmod("protected", 0444);
    assert_int_equal(mkdir("readonly", 0777), 0);
    assert_int_equal(mkdir("later", 0777), 0);
    if (geteuid() == 0) assert_int_equal(chown("later", NOBODY, NOBODY), 0);
    write_file("readonly/old", "old", 3);
    chmod("readonly/old", 0666);
    chmod("readonly", 0555);
    in_child(may_not);
    chmod("readonly", 0777);
    assert_text("protected", "old");
    assert_text("readonly/old", "old");
    assert_int_equal(count_entries(), 3);
}

static void what_appears_meanwhile_is_not_replaced(void **state) {
    CnnError error = {0};
    OutFile out;
    (void)state;
    assert_true(outfile_open(&out, "w", NULL, 0, &error));
    assert_int_equal(mkfifo("w", 0666), 0);
    assert_false(outfile_write(&out, NULL, 0, &error));
    outfile_close(&out);
    assert_true(S_ISFIFO(mode_of("w")));
    assert_int_equal(count_entries(), 1);
}

static bool starts_closed(void) {
    struct stat info;
    for (int fd = 0; fd < 3; fd++) close(fd);
    outfile_start();
    int next = open("file", O_WRONLY | O_CREAT, 0666);
    return next > 2 && fstat(1, &info) == 0 && write(1, "x", 1) < 0 && write(2, "x", 1) < 0;
}

static void closed_descriptors_are_not_files(void **state) {
    (void)state;
    in_child(starts_closed);
    assert_text("file", "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, empty_folder, leave_case)
int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_file_is_replaced_whole),
        CASE(mode_and_owner_are_kept),
        CASE(programs_can_be_run),
        CASE(links_stay),
        CASE(what_lies_beside_is_left_alone),
        CASE(names_may_be_long),
        CASE(a_fifo_is_written_through),
        CASE(a_device_is_written_through),
        CASE(folders_are_refused),
        CASE(inputs_are_not_outputs),
        CASE(a_limit_of_size_is_an_error),
        CASE(rights_are_known_before),
        CASE(what_appears_meanwhile_is_not_replaced),
        CASE(closed_descriptors_are_not_files),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
