// The second half of generate_wire_types.py: reads [[name, JSON Schema], …] from standard input and
// writes one TypeScript module, formatted as the path given as argument would be.
import { readFileSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';
import { compile } from 'json-schema-to-typescript';
import prettier from 'prettier';

const [banner, ...types] = JSON.parse(readFileSync(stdin.fd, 'utf8'));
const options = {
  bannerComment: '',
  additionalProperties: false,
  format: false
};
const parts = [banner];
for (const [name, schema] of types) {
  parts.push(await compile(schema, name, options));
}
const config = await prettier.resolveConfig(argv[2]);
stdout.write(
  await prettier.format(parts.join('\n'), { ...config, parser: 'typescript' })
);
