// Keys and keyrings: add_key(2), request_key(2), keyctl(2).
#include "../check.h"
#include <linux/keyctl.h>
#define KEYCTL(...) syscall(SYS_keyctl, __VA_ARGS__)
int main(void)
{
    char text[128];
    long ring = KEYCTL(KEYCTL_JOIN_SESSION_KEYRING, NULL);
    if (ring < 0) { CHECK(errno == ENOSYS || errno == EPERM || errno == EDQUOT); return finish(); } // no keys for us here
    long key = syscall(SYS_add_key, "user", "metic:test", "secret", 6L, KEY_SPEC_SESSION_KEYRING);
    CHECK(key > 0);
    EQUAL(syscall(SYS_add_key, "no such", "x", "y", 1L, KEY_SPEC_SESSION_KEYRING), -1); EQUAL(errno, ENODEV);
    EQUAL(syscall(SYS_add_key, (void *)8, "x", "y", 1L, KEY_SPEC_SESSION_KEYRING), -1); EQUAL(errno, EFAULT);
    EQUAL(KEYCTL(KEYCTL_READ, key, text, sizeof text), 6);
    CHECK(!memcmp(text, "secret", 6));
    EQUAL(KEYCTL(KEYCTL_READ, key, (void *)8, 64L), -1); EQUAL(errno, EFAULT);
    EQUAL(KEYCTL(KEYCTL_UPDATE, key, "other!!", 7L), 0);
    EQUAL(KEYCTL(KEYCTL_READ, key, NULL, 0L), 7);
    long n = KEYCTL(KEYCTL_DESCRIBE, key, text, sizeof text);
    CHECK(n > 0 && !strncmp(text, "user;", 5) && strstr(text, ";metic:test"));
    EQUAL(KEYCTL(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "metic:test", 0L), key);
    EQUAL(syscall(SYS_request_key, "user", "metic:test", NULL, 0), key);
    EQUAL(syscall(SYS_request_key, "user", "metic:none", NULL, 0), -1); EQUAL(errno, ENOKEY);
    long inner = syscall(SYS_add_key, "keyring", "metic:ring", NULL, 0L, KEY_SPEC_SESSION_KEYRING);
    CHECK(inner > 0);
    EQUAL(KEYCTL(KEYCTL_LINK, key, inner), 0);
    int32_t ids[4];
    EQUAL(KEYCTL(KEYCTL_READ, inner, ids, sizeof ids), 4); EQUAL(ids[0], key);
    EQUAL(KEYCTL(KEYCTL_UNLINK, key, inner), 0);
    EQUAL(KEYCTL(KEYCTL_CLEAR, inner), 0);
    EQUAL(KEYCTL(KEYCTL_SETPERM, key, 0x3f000000L), 0);
    EQUAL(KEYCTL(KEYCTL_REVOKE, key), 0);
    EQUAL(KEYCTL(KEYCTL_READ, key, text, sizeof text), -1); EQUAL(errno, EKEYREVOKED);
    EQUAL(KEYCTL(9999L), -1); EQUAL(errno, EOPNOTSUPP);
    return finish();
}
