import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = 'http://127.0.0.1:3000';
const prefixes = ['/api', '/prometheus', '/loki', '/tempo', '/livez', '/readyz', '/metrics'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: { proxy: Object.fromEntries(prefixes.map((prefix) => [`^${prefix}(/|$|\\?)`, { target: server }])) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // One file for what several screens share in small: a browser fetches six at a time, and an icon is half a kB.
      output: { codeSplitting: { groups: [{ name: 'icons', test: /node_modules[\\/]@tabler/ }] } },
    },
  },
});
