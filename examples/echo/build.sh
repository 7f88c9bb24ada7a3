#!/bin/sh
# Builds driver/echo.sys. The same compiler gives the same bytes each time: no time stamp, no build identifier.
# Needs: apt-get install gcc-mingw-w64-x86-64 (it brings the DDK headers and libntoskrnl.a).
set -eu
cd "$(dirname "$0")"
x86_64-w64-mingw32-gcc -O2 -Wall -Wextra -Werror -ffreestanding -fno-asynchronous-unwind-tables -fno-ident \
  -isystem "${DDK_HEADERS:-/usr/share/mingw-w64/include/ddk}" -nostdlib -s \
  -Wl,--subsystem,native:10.0 -Wl,--major-os-version,10 -Wl,--minor-os-version,0 \
  -Wl,--entry,DriverEntry -Wl,--image-base,0x140000000 -Wl,--exclude-all-symbols \
  -Wl,--dynamicbase -Wl,--nxcompat -Wl,--high-entropy-va -Wl,--no-insert-timestamp \
  -o driver/echo.sys src/echo.c -lntoskrnl
chmod 644 driver/echo.sys
