//! How often one value may be held against parts of a schema. Parts that refer to each other twice double that with
//! every step, so that a short schema could keep a processor busy for years: such a one is refused before it is used.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::fault::Fault;

/// Most parts that one value may be held against.
const WEIGHT_MOST: u64 = 10_000;
/// Most steps from part to part for one value: each of them is a place on the stack, at every depth of a payload.
const STEPS_MOST: usize = 32;
/// Payloads are nested no deeper.
const DEPTH_MOST: usize = 128;
/// Most parts of a schema, and most of what has to be looked at to weigh it.
const LOOKS_MOST: usize = 200_000;

/// How often a value is held against each of these parts.
type Counts = HashMap<usize, u64>;

/// A part of a schema: what else the same value is held against, and what is inside of the value.
#[derive(Default)]
struct Part<'a> {
    here: Vec<usize>,
    inside: Vec<(Place<'a>, usize)>,
}

/// Where a value stands in the one around it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'a> {
    Named(&'a str),
    Numbered(usize),
    /// All names that the part does not name.
    OtherName,
    /// All places that the part does not number.
    OtherNumber,
    AnyName,
    AnyNumber,
}

/// The parts of a schema that a value can come to.
struct Parts<'a> {
    schema: &'a Value,
    all: Vec<Part<'a>>,
    known: HashMap<*const Value, usize>,
    anchors: HashMap<&'a str, &'a Value>,
    waiting: Vec<(usize, &'a Map<String, Value>)>,
    looks: usize,
}

/// Refuses a schema that one value would be held against too often.
///
/// # Errors
/// With the reason.
pub(crate) fn check_weight(schema: &Value) -> Result<(), Fault> {
    let mut parts = Parts::of(schema)?;
    let mut memory = HashMap::new();
    let mut closures = Vec::with_capacity(parts.all.len());
    for part in 0..parts.all.len() {
        closures.push(parts.closure(part, &mut memory, &mut HashSet::new())?.1);
    }
    let weight = |counts: &Counts| counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let mut weights: Vec<u64> = closures.iter().map(weight).collect();
    let inside = closures.iter().map(|counts| parts.inside(counts)).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..DEPTH_MOST {
        if weights[0] > WEIGHT_MOST {
            return Err(refusal(format!("it holds one value against more than {WEIGHT_MOST} of its parts")));
        }
        let deeper: Vec<u64> = inside.iter().map(|places| heaviest(places, &weights)).collect();
        if deeper == weights {
            break;
        }
        weights = deeper;
    }
    Ok(())
}

impl<'a> Parts<'a> {
    fn of(schema: &'a Value) -> Result<Self, Fault> {
        let mut parts = Self {
            schema,
            all: Vec::new(),
            known: HashMap::new(),
            anchors: HashMap::new(),
            waiting: Vec::new(),
            looks: 0,
        };
        parts.find_anchors(schema);
        parts.part(schema);
        while let Some((part, keywords)) = parts.waiting.pop() {
            for (keyword, value) in keywords {
                parts.read(part, keyword, value)?;
            }
            parts.look(keywords.len())?;
        }
        Ok(parts)
    }

    /// The number of a part; its keywords are read later.
    fn part(&mut self, schema: &'a Value) -> usize {
        let next = self.all.len();
        let number = *self.known.entry(std::ptr::from_ref(schema)).or_insert(next);
        if number == next {
            self.all.push(Part::default());
            self.waiting.extend(schema.as_object().map(|keywords| (number, keywords)));
        }
        number
    }

    fn read(&mut self, part: usize, keyword: &str, value: &'a Value) -> Result<(), Fault> {
        let list = || value.as_array().into_iter().flatten();
        let named = || value.as_object().into_iter().flatten();
        match keyword {
            "allOf" | "anyOf" | "oneOf" => list().for_each(|one| self.add_here(part, one)),
            "not" | "if" | "then" | "else" => self.add_here(part, value),
            "dependentSchemas" | "dependencies" => named().for_each(|(_, one)| self.add_here(part, one)),
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                let target = self.target(value.as_str().unwrap_or_default())?;
                self.add_here(part, target);
            }
            "properties" => named().for_each(|(name, one)| self.add_inside(part, Place::Named(name), one)),
            "patternProperties" => named().for_each(|(_, one)| self.add_inside(part, Place::AnyName, one)),
            "additionalProperties" => self.add_inside(part, Place::OtherName, value),
            "unevaluatedProperties" | "propertyNames" => self.add_inside(part, Place::AnyName, value),
            "items" | "prefixItems" if value.is_array() => {
                list().enumerate().for_each(|(at, one)| self.add_inside(part, Place::Numbered(at), one));
            }
            "items" | "additionalItems" => self.add_inside(part, Place::OtherNumber, value),
            "unevaluatedItems" | "contains" => self.add_inside(part, Place::AnyNumber, value),
            _ => {}
        }
        Ok(())
    }

    fn add_here(&mut self, part: usize, schema: &'a Value) {
        let other = self.part(schema);
        self.all[part].here.push(other);
    }

    fn add_inside(&mut self, part: usize, place: Place<'a>, schema: &'a Value) {
        let other = self.part(schema);
        self.all[part].inside.push((place, other));
    }

    fn target(&self, reference: &str) -> Result<&'a Value, Fault> {
        let found = match reference.strip_prefix('#') {
            Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => self.schema.pointer(pointer),
            Some(anchor) => self.anchors.get(anchor).copied(),
            None => None,
        };
        found.ok_or_else(|| refusal("a reference must be #, # and a pointer, or # and an anchor".to_owned()))
    }

    fn find_anchors(&mut self, value: &'a Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|one| self.find_anchors(one)),
            Value::Object(fields) => {
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(name) = fields.get(keyword).and_then(Value::as_str) {
                        self.anchors.insert(name, value);
                    }
                }
                fields.values().for_each(|one| self.find_anchors(one));
            }
            _ => {}
        }
    }

    /// What a value that is held against a part is held against in all, and in how many steps at most. A circle is
    /// gone round once.
    fn closure(
        &mut self,
        part: usize,
        memory: &mut HashMap<usize, (usize, Counts)>,
        open: &mut HashSet<usize>,
    ) -> Result<(usize, Counts), Fault> {
        if let Some(known) = memory.get(&part) {
            return Ok(known.clone());
        }
        if open.len() > STEPS_MOST {
            return Err(too_long());
        }
        let mut counts = Counts::from([(part, 1)]);
        let mut steps = 0;
        open.insert(part);
        for other in self.all[part].here.clone() {
            if open.contains(&other) {
                continue;
            }
            let (others_steps, more) = self.closure(other, memory, open)?;
            steps = steps.max(others_steps + 1);
            if steps > STEPS_MOST {
                return Err(too_long());
            }
            self.look(more.len())?;
            for (other, count) in more {
                let sum = counts.entry(other).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        open.remove(&part);
        memory.insert(part, (steps, counts.clone()));
        Ok((steps, counts))
    }

    /// What the values inside are held against, place by place.
    fn inside(&mut self, counts: &Counts) -> Result<HashMap<Place<'a>, Counts>, Fault> {
        let edges = || {
            let parts = counts.iter().map(|(part, count)| (&self.all[*part].inside, *count));
            parts.flat_map(|(inside, count)| inside.iter().map(move |edge| (inside, *edge, count)))
        };
        let mut places: HashMap<Place<'a>, Counts> =
            edges().map(|(_, (place, _), _)| (place, Counts::new())).collect();
        let mut looks = 0;
        for (siblings, (place, part), count) in edges() {
            for (at, sums) in &mut places {
                looks += 1;
                if place.holds(*at, siblings) {
                    let sum = sums.entry(part).or_default();
                    *sum = sum.saturating_add(count);
                }
            }
        }
        self.look(looks)?;
        Ok(places)
    }

    fn look(&mut self, times: usize) -> Result<(), Fault> {
        self.looks += times;
        if self.looks > LOOKS_MOST {
            return Err(refusal("it has too many parts that lead to each other".to_owned()));
        }
        Ok(())
    }
}

impl Place<'_> {
    /// Whether what stands at this place of a part is asked of a value at that one.
    fn holds(self, at: Place<'_>, siblings: &[(Place<'_>, usize)]) -> bool {
        let is_name = matches!(at, Place::Named(_) | Place::OtherName | Place::AnyName);
        let is_one = matches!(at, Place::Named(_) | Place::Numbered(_));
        let is_said = || is_one && siblings.iter().any(|(place, _)| *place == at);
        match self {
            Self::Named(_) | Self::Numbered(_) => self == at,
            Self::AnyName => is_name,
            Self::AnyNumber => !is_name,
            Self::OtherName => is_name && !is_said(),
            Self::OtherNumber => !is_name && !is_said(),
        }
    }
}

/// The weight of the place where most is asked of a value.
fn heaviest(places: &HashMap<Place<'_>, Counts>, weights: &[u64]) -> u64 {
    let weight = |counts: &Counts| {
        let each = counts.iter().map(|(part, count)| count.saturating_mul(weights[*part]));
        each.fold(0, u64::saturating_add)
    };
    places.values().map(weight).max().unwrap_or_default()
}

fn too_long() -> Fault {
    refusal(format!("its parts lead to each other in more than {STEPS_MOST} steps"))
}

fn refusal(reason: String) -> Fault {
    Fault::at([""; 0], reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reason(schema: &Value) -> String {
        check_weight(schema).err().map(|fault| fault.message).unwrap_or_default()
    }

    /// `last`, and so many parts that each ask twice for the one before.
    fn doubled(times: usize, last: Value, twice: impl Fn(String) -> Value) -> Value {
        let mut homes = Map::from_iter([("p0".to_owned(), last)]);
        for time in 1..=times {
            homes.insert(format!("p{time}"), twice(format!("#/$defs/p{}", time - 1)));
        }
        json!({"$ref": format!("#/$defs/p{times}"), "$defs": homes})
    }

    #[test]
    fn what_doubles_with_every_step_is_refused() {
        let in_place = |target: String| json!({"allOf": [{"$ref": target}, {"$ref": target}]});
        assert_eq!(reason(&doubled(8, json!({"type": "object"}), in_place)), "");
        assert!(reason(&doubled(14, json!({}), in_place)).contains("10000"));
        let inside = |target: String| {
            let one = json!({"properties": {"a": {"$ref": target}}});
            json!({"anyOf": [one, one]})
        };
        assert_eq!(reason(&doubled(8, json!({}), inside)), "");
        assert!(reason(&doubled(40, json!({}), inside)).contains("10000"));
    }

    #[test]
    fn what_comes_back_to_itself_may_do_so_once_for_each_place() {
        let itself = json!({"$ref": "#"});
        let tree = json!({"properties": {"left": itself, "right": itself}, "additionalProperties": itself});
        let halves = json!({"allOf": [{"properties": {"a": itself}}, {"properties": {"b": itself}}]});
        let lists = json!({"prefixItems": [itself, itself], "items": itself});
        let anchored = json!({"$dynamicAnchor": "n", "properties": {"a": {"$dynamicRef": "#n"}}});
        for harmless in [tree, halves, lists, anchored, itself.clone(), json!(true)] {
            assert_eq!(reason(&harmless), "", "{harmless}");
        }
        let twice = json!({"allOf": [{"properties": {"a": itself}}, {"properties": {"a": itself}}]});
        let patterns = json!({"properties": {"a": itself}, "patternProperties": {"^a": itself}});
        let lists = json!({"items": itself, "contains": itself});
        for harmful in [twice, patterns, lists] {
            assert!(reason(&harmful).contains("10000"), "{harmful}");
        }
    }

    #[test]
    fn long_ways_and_unknown_targets_are_refused() {
        let chain = |times| doubled(times, json!({}), |target| json!({"$ref": target}));
        assert_eq!(reason(&chain(30)), "");
        assert!(reason(&chain(2_000)).contains("32 steps"));
        assert!(reason(&json!({"$ref": "other.json"})).contains("a reference must be"));
        let many = json!({"anyOf": vec![json!({"allOf": vec![json!({"$ref": "#/$defs/a"}); 200]}); 200]});
        assert!(!reason(&many).is_empty());
    }
}
