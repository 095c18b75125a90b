// Writes communes.tsv.br: the communes of France with their INSEE code and postcodes, the most populous first.
//
//   npm pack @etalab/decoupage-administratif@6.0.0 && tar -xzf etalab-decoupage-administratif-6.0.0.tgz
//   node build.js package/data/communes.json communes.tsv.br
const { readFileSync, writeFileSync } = require('node:fs')
const { brotliCompressSync, constants } = require('node:zlib')

const [, , from, to] = process.argv
const communes = JSON.parse(readFileSync(from))
  .filter(c => ['commune-actuelle', 'arrondissement-municipal'].includes(c.type) && (c.codesPostaux || []).length > 0)
  .sort((a, b) => (b.population || 0) - (a.population || 0) || (a.code < b.code ? -1 : 1))
const lines = communes.map(c => [c.code, c.nom, [...new Set(c.codesPostaux)].sort().join(' ')].join('\t'))
const text = Buffer.from(lines.join('\n') + '\n')
writeFileSync(to, brotliCompressSync(text, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
}))
console.log(`${communes.length} communes, ${text.length} bytes`)
