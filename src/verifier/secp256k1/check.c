/* What the node calls: one signature (BIP-340), checked by libsecp256k1, which is compiled into the same file. */
#include "secp256k1.h"
#include "secp256k1_schnorrsig.h"

/* id, public key, signature */
static unsigned char input[32 + 32 + 64];

__attribute__((export_name("input"))) unsigned char *place_of_input(void) {
  return input;
}

__attribute__((export_name("check"))) int check(void) {
  secp256k1_xonly_pubkey pubkey;
  return secp256k1_xonly_pubkey_parse(secp256k1_context_static, &pubkey, input + 32) &&
         secp256k1_schnorrsig_verify(secp256k1_context_static, input + 64, input, 32, &pubkey);
}

/* A call against the library's rules, or a fault of its own: the instance traps. */
void secp256k1_default_illegal_callback_fn(const char *text, void *data) {
  __builtin_trap();
}

void secp256k1_default_error_callback_fn(const char *text, void *data) {
  __builtin_trap();
}
