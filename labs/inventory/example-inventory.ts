/** What the page for an import shows; docs/inventory.md explains each line. */
export const EXAMPLE_INVENTORY = `inventory: campus1
defaults:
  ssh: { user: root, password: "student-{group}" }
  api: { through: ssh }
seats:
  - groups: 1-8
    nodes:
      - { name: "pve{n}", n: 1-3, ssh: { host: "100.64.0.{group}{n}" } }
commands:
  power: { on: { run: "./power on {host}" }, off: { run: "./power off {host}" } }
`;
