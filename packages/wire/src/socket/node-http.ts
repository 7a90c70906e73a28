/**
 * Node's HTTP, of which everything but types is taken from here. An `import` of `node:http` reads every one of its exports, and
 * one of them makes Node load the whole of its Fetch: 50 ms and 3 MB, for each process that has a server.
 */
import process from 'node:process';

export const http: typeof import('node:http') = process.getBuiltinModule('node:http');
export const https: typeof import('node:https') = process.getBuiltinModule('node:https');
