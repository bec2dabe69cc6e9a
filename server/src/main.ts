import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Taking the types out of some thousand modules and compiling them is most of the time a command takes, and every worker
// thread does it again: both are kept. Without a place that can be written to, nothing is kept and all works as well.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/trilith');
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const { runProgram } = await import('./app/program.ts');
await runProgram(process.argv.slice(2));
