import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Taking the types out of some thousand modules and compiling them is most of the time a command takes, and every worker
// thread does it again: both are kept. Without a place that can be written to, nothing is kept and all works as well.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/trilith');
enableCompileCache(process.env.NODE_COMPILE_CACHE);

// A heap may grow to three times what lived, not to a third more as V8 has it for heaps this small: collecting 20 MB again and
// again took a fifth of the processor time of ingest, in every thread that moves blocks.
setFlagsFromString('--heap-growing-percent=200');

const { runProgram } = await import('./app/program.ts');
await runProgram(process.argv.slice(2));
