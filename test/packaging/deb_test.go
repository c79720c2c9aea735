//go:build peers

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// run runs a program to its good end and returns what it said.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// built is a package with the program that `make build` built.
func built(t *testing.T, version string) string {
	t.Helper()
	said := strings.TrimSpace(run(t, "../..", "make", "-s", "deb", "VERSION="+version, "PROGRAM=bin/telagent"))
	file, err := filepath.Abs(filepath.Join("../..", said))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
	return file
}

func TestThePackageHoldsWhatItShould(t *testing.T) {
	deb := built(t, "0.0.1~test")
	files := run(t, ".", "dpkg-deb", "--contents", deb)
	for _, want := range []string{
		`-rwxr-xr-x root/root +\d+ .* \./usr/bin/telagent$`,
		`-rw-r--r-- root/root .* \./lib/systemd/system/telagent\.service$`,
		`-rw-r--r-- root/root .* \./usr/lib/sysusers\.d/telagent\.conf$`,
		`-rw-r----- root/root .* \./etc/telagent/telagent\.yaml$`,
		`\./usr/share/doc/telagent/operations\.md$`,
		`\./usr/share/doc/telagent/copyright$`,
	} {
		if !regexp.MustCompile("(?m)" + want).MatchString(files) {
			t.Errorf("the package has no %s in\n%s", want, files)
		}
	}
	if got := run(t, ".", "dpkg-deb", "--field", deb, "Version"); got != "0.0.1~test\n" {
		t.Errorf("its version is %q", got)
	}
	if got := run(t, ".", "dpkg-deb", "--info", deb, "conffiles"); got != "/etc/telagent/telagent.yaml\n" {
		t.Errorf("its conffiles are %q", got)
	}
}

func TestThePackageIsInstalledUpgradedRemovedAndPurgedAndLeavesTheData(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("only root installs packages, even in a folder of his own")
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"var/lib/dpkg/status": "", "var/lib/dpkg/available": "", "etc/passwd": "root:x:0:0::/:/bin/sh\n", "etc/group": "root:x:0:\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The scripts run outside of the folder, as Debian's own do where they know DPKG_ROOT, and nothing is started.
	dpkg := func(args ...string) string {
		return run(t, ".", "dpkg", append([]string{"--root=" + root, "--force-script-chrootless", "--force-depends", "--force-confdef"}, args...)...)
	}
	at := func(name string) string { return filepath.Join(root, name) }

	dpkg("--install", built(t, "0.0.1~test"))
	passwd, err := os.ReadFile(at("etc/passwd"))
	if err != nil || !strings.Contains(string(passwd), "telagent:") {
		t.Errorf("there is no user telagent in %q: %v", passwd, err)
	}
	if said := run(t, ".", at("usr/bin/telagent"), "check", "-c", at("etc/telagent/telagent.yaml")); said != "ok\n" {
		t.Errorf("the installed program says of the installed configuration: %s", said)
	}
	for name, mode := range map[string]os.FileMode{"etc/telagent": os.ModeDir | 0o750, "etc/telagent/telagent.yaml": 0o640} {
		if info, err := os.Stat(at(name)); err != nil || info.Mode() != mode {
			t.Errorf("%s has the mode %v, want %v (%v)", name, info.Mode(), mode, err)
		}
	}
	if link, err := os.Readlink(at("etc/systemd/system/multi-user.target.wants/telagent.service")); err != nil {
		t.Errorf("the unit is not started at boot: %q, %v", link, err)
	}

	const own = "store: sqlite:/var/lib/telagent/own.db\n"
	if err := os.WriteFile(at("etc/telagent/telagent.yaml"), []byte(own), 0o640); err != nil {
		t.Fatal(err)
	}
	data := at("var/lib/telagent/own.db")
	if err := os.MkdirAll(filepath.Dir(data), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, []byte("calls"), 0o600); err != nil {
		t.Fatal(err)
	}
	dpkg("--install", built(t, "0.0.2~test"))
	if kept, err := os.ReadFile(at("etc/telagent/telagent.yaml")); err != nil || string(kept) != own {
		t.Errorf("after an upgrade the configuration is %q, %v", kept, err)
	}

	dpkg("--remove", "telagent")
	if _, err := os.Stat(at("usr/bin/telagent")); err == nil {
		t.Error("the program is there after its removal")
	}
	dpkg("--purge", "telagent")
	if _, err := os.Stat(at("etc/telagent")); err == nil {
		t.Error("the configuration is there after a purge")
	}
	if _, err := os.Stat(data); err != nil {
		t.Errorf("a purge took what the gateway remembers: %v", err)
	}
}
