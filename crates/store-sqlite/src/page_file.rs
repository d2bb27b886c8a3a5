//! Weighs tables and indexes by their pages, read straight from the database file: the inner pages of their trees,
//! which name all others, and a sample of the leaves. It holds up nobody, since it takes no lock and no transaction;
//! so what is only in the log yet is not seen, and a page that is being written may be read torn: an estimate.
//!
//! The format is that of <https://www.sqlite.org/fileformat2.html>.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

/// Leaves that are read of one tree.
const LEAVES_READ: usize = 128;
/// No tree is deeper.
const LEVELS_MOST: usize = 20;
/// Bytes of the file's own header, before the first page's.
const FILE_HEADER_BYTES: usize = 100;
/// SQLite makes no pages that hold less.
const USABLE_LEAST: usize = 480;
/// The kinds of pages that are known by their first byte.
const INNER_INDEX: u8 = 2;
const INNER_TABLE: u8 = 5;
const LEAF_INDEX: u8 = 10;
const LEAF_TABLE: u8 = 13;

/// The database file.
pub(crate) struct PageFile {
    path: PathBuf,
    // Stays open as long as the store: when a process closes any handle of a file, the system drops all locks that
    // the process has on it, those of SQLite's connections too.
    file: Mutex<File>,
}

/// What a tree comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TreeWeight {
    pub(crate) pages: u64,
    pub(crate) rows: u64,
}

impl PageFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: Mutex::new(File::open(path)?) })
    }

    /// Bytes of the log beside it.
    pub(crate) fn log_bytes(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |file| file.len())
    }

    /// The trees with these roots, in order.
    pub(crate) fn weigh(&self, roots: &[u32]) -> io::Result<Vec<TreeWeight>> {
        let mut file = self.file.lock();
        let mut pages = Pages::read_header(&mut file)?;
        roots.iter().map(|root| pages.weigh(*root)).collect()
    }
}

struct Pages<'f> {
    file: &'f mut File,
    page_bytes: usize,
    /// Bytes of a page that hold anything.
    usable: usize,
    count: u32,
}

/// What a sample of leaves holds.
#[derive(Default)]
struct Sample {
    leaves: u64,
    rows: u64,
    overflow_pages: u64,
}

impl<'f> Pages<'f> {
    fn read_header(file: &'f mut File) -> io::Result<Self> {
        let mut header = [0; FILE_HEADER_BYTES];
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        if length >= FILE_HEADER_BYTES as u64 {
            file.read_exact(&mut header)?;
        }
        // The largest size does not fit and is written as 1; an empty file has none.
        let page_bytes = match number_at(&header, 16) {
            0 => 4_096,
            1 => 65_536,
            bytes => bytes,
        };
        let count = u32::try_from(length / page_bytes as u64).unwrap_or(u32::MAX);
        let usable = page_bytes.saturating_sub(usize::from(header[20])).max(USABLE_LEAST);
        Ok(Self { file, page_bytes, usable, count })
    }

    fn page(&mut self, number: u32) -> io::Result<Vec<u8>> {
        let mut page = vec![0; self.page_bytes];
        if (1..=self.count).contains(&number) {
            self.file.seek(SeekFrom::Start(u64::from(number - 1) * self.page_bytes as u64))?;
            self.file.read_exact(&mut page)?;
        }
        Ok(page)
    }

    /// Goes down level by level; the last one is counted by the pages above it, and read here and there.
    fn weigh(&mut self, root: u32) -> io::Result<TreeWeight> {
        let mut weight = TreeWeight::default();
        let mut level = vec![root];
        for _ in 0..LEVELS_MOST {
            let Some(first) = level.first() else { break };
            let first = self.page(*first)?;
            let Some(child) = children(&first, self.count).next() else { break };
            weight.pages += level.len() as u64;
            if children(&self.page(child)?, self.count).next().is_none() {
                return self.weigh_leaves(weight, &level);
            }
            let mut below = Vec::new();
            for number in level {
                let page = self.page(number)?;
                weight.rows += rows_of_inner(&page);
                below.extend(children(&page, self.count));
            }
            // Only what is torn names more pages than there are.
            below.truncate(self.count as usize);
            level = below;
        }
        let sample = self.sample(&level)?;
        weight.pages += level.len() as u64 + sample.overflow_pages;
        weight.rows += sample.rows;
        Ok(weight)
    }

    /// Adds the leaves below these inner pages.
    fn weigh_leaves(&mut self, mut weight: TreeWeight, parents: &[u32]) -> io::Result<TreeWeight> {
        let mut leaves = 0_usize;
        let mut read = Vec::new();
        let first = parents.first().map_or(Ok(Vec::new()), |first| self.page(*first))?;
        let apart = (parents.len() * children(&first, self.count).count() / LEAVES_READ).max(1);
        for parent in parents {
            let page = self.page(*parent)?;
            weight.rows += rows_of_inner(&page);
            for child in children(&page, self.count) {
                if leaves.is_multiple_of(apart) && read.len() < 2 * LEAVES_READ {
                    read.push(child);
                }
                leaves += 1;
            }
        }
        let sample = self.sample(&read)?;
        let leaves = leaves as u64;
        let of_all = |part: u64| part * leaves / sample.leaves.max(1);
        weight.pages += leaves + of_all(sample.overflow_pages);
        weight.rows += of_all(sample.rows);
        Ok(weight)
    }

    fn sample(&mut self, leaves: &[u32]) -> io::Result<Sample> {
        let mut sample = Sample::default();
        for leaf in leaves {
            let page = self.page(*leaf)?;
            sample.leaves += 1;
            for cell in cells(&page, 8) {
                sample.rows += 1;
                sample.overflow_pages += overflow_pages(page[0], read_varint(cell), self.usable);
            }
        }
        Ok(sample)
    }
}

/// The pages below an inner one; none below a leaf.
fn children(page: &[u8], count: u32) -> impl Iterator<Item = u32> {
    let is_inner = matches!(page.first(), Some(&(INNER_INDEX | INNER_TABLE)));
    let last = is_inner.then(|| page.get(8..)).flatten();
    let cells = is_inner.then(|| cells(page, 12)).into_iter().flatten();
    let numbers = cells.chain(last).filter_map(|cell| cell.first_chunk().copied().map(u32::from_be_bytes));
    numbers.filter(move |number| (1..=count).contains(number))
}

/// Indexes, and tables without row numbers, have rows in their inner pages too.
fn rows_of_inner(page: &[u8]) -> u64 {
    if page.first() == Some(&INNER_INDEX) { number_at(page, 3) as u64 } else { 0 }
}

/// Where the cells of a page begin; its list of them lies behind a head of so many bytes.
fn cells(page: &[u8], head_bytes: usize) -> impl Iterator<Item = &[u8]> {
    let count = number_at(page, 3);
    (0..count).filter_map(move |cell| page.get(number_at(page, head_bytes + 2 * cell)..))
}

/// Pages that a row has beside its leaf.
fn overflow_pages(kind: u8, row_bytes: usize, usable: usize) -> u64 {
    let most = match kind {
        LEAF_TABLE => usable - 35,
        LEAF_INDEX => (usable - 12) * 64 / 255 - 23,
        _ => return 0,
    };
    if row_bytes <= most {
        return 0;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (row_bytes - least) % (usable - 4);
    let local = if fitting <= most { fitting } else { least };
    (row_bytes - local).div_ceil(usable - 4) as u64
}

/// Two bytes as a number; 0 where there are none.
fn number_at(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk().copied())
        .map_or(0, |two| u16::from_be_bytes(two).into())
}

/// A number in seven bits a byte; nothing we keep is so long that the ninth byte counts.
fn read_varint(bytes: &[u8]) -> usize {
    let mut number = 0;
    for byte in bytes.iter().take(8) {
        number = number << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// A database with trees of every kind, and rows that do not fit a page.
    fn database(path: &Path, rows: u32) -> Connection {
        let connection = Connection::open(path).expect("it opens");
        let sql = "PRAGMA page_size = 512;
            CREATE TABLE plain (key INTEGER PRIMARY KEY, body BLOB);
            CREATE TABLE clustered (a INTEGER, b INTEGER, text TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
            CREATE INDEX clustered_text ON clustered (text);
            CREATE TABLE empty (key INTEGER PRIMARY KEY);";
        connection.execute_batch(sql).expect("they are made");
        connection.execute_batch("BEGIN").expect("it begins");
        for row in 0..rows {
            let body = vec![b'x'; (row as usize * 37) % 3_000];
            connection.execute("INSERT INTO plain VALUES (?, ?)", (row, body)).expect("it is kept");
            let text = format!("the text of row {row}");
            let row = (row % 7, row, text);
            connection.execute("INSERT INTO clustered VALUES (?, ?, ?)", row).expect("it is kept");
        }
        connection.execute_batch("COMMIT").expect("it is committed");
        connection
    }

    /// What SQLite itself says: pages and rows of each tree.
    fn weighed_by_sqlite(connection: &Connection) -> Vec<(String, u32, TreeWeight)> {
        let sql = "SELECT s.name, s.rootpage, d.pageno,
                       iif(s.type = 'table' AND s.sql NOT LIKE '%WITHOUT ROWID%',
                           (SELECT sum(ncell) FROM dbstat WHERE name = s.name AND pagetype = 'leaf'), d.ncell)
                   FROM sqlite_schema s JOIN dbstat d ON d.name = s.name AND d.aggregate = 1 ORDER BY s.name";
        let mut statement = connection.prepare(sql).expect("it compiles");
        let read = |row: &rusqlite::Row<'_>| {
            let weight = TreeWeight { pages: row.get(2)?, rows: row.get(3)? };
            Ok((row.get(0)?, row.get(1)?, weight))
        };
        let rows = statement.query_map([], read).expect("it runs");
        rows.map(|row| row.expect("a row")).collect()
    }

    #[test]
    fn small_trees_are_weighed_exactly() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trees.db");
        let connection = database(&path, 150);
        let expected = weighed_by_sqlite(&connection);
        assert_eq!(expected.len(), 4);
        let roots: Vec<u32> = expected.iter().map(|(_, root, _)| *root).collect();
        let weights = PageFile::open(&path).expect("it is there").weigh(&roots).expect("it reads");
        for ((name, _, expected), weight) in expected.iter().zip(weights) {
            assert_eq!(weight, *expected, "{name}");
        }
    }

    #[test]
    fn large_trees_are_weighed_about_right() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trees.db");
        let connection = database(&path, 20_000);
        let expected = weighed_by_sqlite(&connection);
        let roots: Vec<u32> = expected.iter().map(|(_, root, _)| *root).collect();
        let weights = PageFile::open(&path).expect("it is there").weigh(&roots).expect("it reads");
        for ((name, _, expected), weight) in expected.iter().zip(weights) {
            for (expected, found) in [(expected.pages, weight.pages), (expected.rows, weight.rows)] {
                assert!(expected.abs_diff(found) * 10 <= expected, "{name}: {found} instead of {expected}");
            }
        }
    }

    #[test]
    fn garbage_ends_the_walk_and_not_the_program() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("garbage.db");
        let weigh = |bytes: Vec<u8>| {
            std::fs::write(&path, bytes).expect("it is written");
            PageFile::open(&path)
                .expect("it is there")
                .weigh(&[0, 1, 2, 7, u32::MAX])
                .expect("it reads")
                .len()
        };
        assert_eq!(weigh(Vec::new()), 5);
        for byte in [0x00, 0x02, 0x05, 0x0A, 0x0D, 0xFF] {
            assert_eq!(weigh(vec![byte; 40_000]), 5, "{byte}");
        }
    }
}
