//! Where the figures were taken: cores, kernel and the disk under the database. A figure without them says
//! nothing.

use std::path::Path;

/// Lines that stand above the figures.
pub(crate) fn describe(directory: &Path) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let filesystem = filesystem_of(&directory, &mounts).unwrap_or("an unknown file system");
    let mut lines = vec![format!(
        "{cores} cores shared by load, sink and server; kernel {}; databases on {filesystem}",
        kernel.trim()
    )];
    if matches!(filesystem, "tmpfs" | "ramfs") {
        lines.push("these databases are in memory: no figure below pays for a sync".to_owned());
    }
    lines
}

fn filesystem_of<'a>(directory: &Path, mounts: &'a str) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(point, _)| directory.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::filesystem_of;

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(filesystem_of(Path::new("/tmp/x"), mounts), Some("tmpfs"));
        assert_eq!(filesystem_of(Path::new("/tmpx"), mounts), Some("ext4"));
    }
}
