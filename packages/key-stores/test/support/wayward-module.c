// A PKCS#11 module that passes everything on to another one, except that it misbehaves as it is told: for tests.
#include <dlfcn.h>
#include <stddef.h>

typedef unsigned long ulong;
struct list { unsigned char version[2]; void *f[68]; };

// Places of functions in CK_FUNCTION_LIST.
enum { INITIALIZE = 0, TOKEN_INFO = 6, LOGIN = 18, SIGN = 43 };

// What can be told and asked.
enum { NO_LOCKING, LOGIN_RETURNS, LOGIN_CALLS, TOKEN_FLAGS, SIGN_RETURNS, SIGN_CALLS, SIGN_LENGTH, KNOBS };
static volatile ulong knobs[KNOBS];

static struct list *real;
static struct list ours;

ulong wayward_get(ulong knob) { return knobs[knob]; }
void wayward_set(ulong knob, ulong value) { knobs[knob] = value; }

static ulong initialize(void *args) {
  if (knobs[NO_LOCKING] && args != NULL) return 0xA; // CKR_CANT_LOCK
  return ((ulong (*)(void *))real->f[INITIALIZE])(args);
}

static ulong token_info(ulong slot, unsigned char *info) {
  ulong result = ((ulong (*)(ulong, void *))real->f[TOKEN_INFO])(slot, info);
  if (result == 0) *(ulong *)(info + 96) |= knobs[TOKEN_FLAGS];
  return result;
}

static ulong login(ulong session, ulong user, void *pin, ulong length) {
  knobs[LOGIN_CALLS]++;
  if (knobs[LOGIN_RETURNS]) return knobs[LOGIN_RETURNS];
  return ((ulong (*)(ulong, ulong, void *, ulong))real->f[LOGIN])(session, user, pin, length);
}

static ulong sign(ulong session, void *data, ulong length, void *signature, void *signature_length) {
  knobs[SIGN_CALLS]++;
  knobs[SIGN_LENGTH] = length;
  ulong (*real_sign)(ulong, void *, ulong, void *, void *) = real->f[SIGN];
  ulong result = real_sign(session, data, length, signature, signature_length);
  return knobs[SIGN_RETURNS] ? knobs[SIGN_RETURNS] : result;
}

ulong C_GetFunctionList(void **out) {
  if (real == NULL) {
    void *library = dlopen(REAL_MODULE, RTLD_NOW);
    ulong (*get)(void **) = library ? dlsym(library, "C_GetFunctionList") : NULL;
    if (get == NULL || get((void **)&real) != 0) return 0x5;
    ours = *real;
    ours.f[INITIALIZE] = initialize;
    ours.f[TOKEN_INFO] = token_info;
    ours.f[LOGIN] = login;
    ours.f[SIGN] = sign;
  }
  *out = &ours;
  return 0;
}
