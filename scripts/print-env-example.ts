// Prints .env.example.
import { renderEnvExample } from '#platform/config/render-env-example';

process.stdout.write(renderEnvExample());
