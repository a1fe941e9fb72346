import { fileURLToPath } from 'node:url';

export const ECHO_PROTO = fileURLToPath(new URL('../../proto/echo.proto', import.meta.url));
