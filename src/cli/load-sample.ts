// The loader of the sample commune comes with the generator.
process.exit(0);
