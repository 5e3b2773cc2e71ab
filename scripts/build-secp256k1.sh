#!/bin/sh
# Builds src/verifier/secp256k1/secp256k1.wasm: libsecp256k1 as bitcoin-core released it, not changed in anything, from
# Debian's source package by Debian's compiler (apt install clang-19 lld-19 wasi-libc). Twice gives the same bytes.
# Why not a build from npm: those multiply 64-bit numbers to 128 bits, which WebAssembly cannot. With the library's own
# switch for 32-bit machines (USE_FORCE_WIDEMUL_INT64) a check takes a third of the time.
# The result: SHA-256 7807c0e28464e48958268edeb29dff4908c96441f183ac18c750dd3935fec859
set -eu

VERSION=0.2.0
SOURCE_SHA256=07c1d76fc485936138c6572e94374df22ba41df06617926572b8a690fe8bc34b
folder=$(cd "$(dirname "$0")/../src/verifier/secp256k1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The machine's own package sources, asked for source code.
mkdir -p sources lists/partial cache/archives/partial
for list in /etc/apt/sources.list.d/*.sources; do
  sed 's/^Types:.*/Types: deb-src/' "$list" > "sources/$(basename "$list")"
done
apt() {
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" "$@"
}
apt update
apt source --download-only libsecp256k1
echo "$SOURCE_SHA256  libsecp256k1_$VERSION.orig.tar.xz" | sha256sum --check
mkdir source
tar --extract --xz --strip-components=1 --directory=source --file="libsecp256k1_$VERSION.orig.tar.xz"

# Tables of 2^8: larger ones make it no faster. Half a MiB of memory is all it ever has.
cd source
cp "$folder/check.c" src/check.c
clang-19 --target=wasm32-wasi --sysroot=/usr -mcpu=generic -O3 -flto -DUSE_FORCE_WIDEMUL_INT64 \
  -DENABLE_MODULE_EXTRAKEYS -DENABLE_MODULE_SCHNORRSIG -DECMULT_WINDOW_SIZE=8 -DECMULT_GEN_PREC_BITS=2 \
  -DUSE_EXTERNAL_DEFAULT_CALLBACKS -Iinclude -Wno-unused-function \
  src/check.c src/secp256k1.c src/precomputed_ecmult.c src/precomputed_ecmult_gen.c \
  -nostartfiles -nodefaultlibs -lc -Wl,--no-entry -Wl,--strip-all -Wl,--max-memory=524288 -Wl,--initial-memory=524288 \
  -o "$folder/secp256k1.wasm"
cp COPYING "$folder/COPYING"
sha256sum "$folder/secp256k1.wasm"
