//! Growing the trees of a forest.

use super::{
    isolation::{Forest, Node, Shape, dot, mean_path},
    random::Random,
};

/// Grows one forest.
pub struct Builder<'a, const D: usize> {
    points: &'a [[f32; D]],
    shape: Shape,
    random: Random,
    forest: Forest<D>,
}

impl<'a, const D: usize> Builder<'a, D> {
    pub fn new(points: &'a [[f32; D]], shape: Shape, seed: u64) -> Self {
        let sample = shape.sample.clamp(2, points.len());
        let forest = Forest {
            // A tree that tells all its points apart has as many leaves, and a cut less.
            nodes: Vec::with_capacity(shape.trees * 2 * sample),
            roots: Vec::with_capacity(shape.trees),
            // Deeper than a balanced tree of the sample nothing is anomalous any more.
            depth: sample.next_power_of_two().trailing_zeros(),
            scale: mean_path(sample),
        };
        Self { points, shape: Shape { sample, ..shape }, random: Random::new(seed), forest }
    }

    pub fn build(mut self) -> Forest<D> {
        let mut indices: Vec<u32> = (0..self.points.len() as u32).collect();
        let mut sample = Vec::with_capacity(self.shape.sample);
        for _ in 0..self.shape.trees {
            self.random.shuffle_front(&mut indices, self.shape.sample);
            sample.clear();
            sample.extend(indices[..self.shape.sample].iter().map(|i| self.points[*i as usize]));
            let root = self.grow(&mut sample, 0);
            self.forest.roots.push(root);
        }
        self.forest.nodes.shrink_to_fit();
        self.forest
    }

    /// Grows the tree over `members`, and returns its root's index.
    fn grow(&mut self, members: &mut [[f32; D]], depth: u32) -> u32 {
        let at = self.forest.nodes.len() as u32;
        let may_cut = depth < self.forest.depth && members.len() >= 2;
        let Some((normal, offset)) = may_cut.then(|| self.cut(members)).flatten() else {
            let depth = depth as f32 + mean_path(members.len());
            self.forest.nodes.push(Node::leaf(at, depth));
            return at;
        };
        self.forest.nodes.push(Node::leaf(at, 0.0));
        let middle = partition(members, |point| dot(&normal, point) < offset);
        let (below, above) = members.split_at_mut(middle);
        self.grow(below, depth + 1);
        let other = self.grow(above, depth + 1);
        self.forest.nodes[at as usize] = Node::cut(normal, offset, other);
        at
    }

    /// A random hyperplane through the members' bounding box, over dimensions in which
    /// they differ; `None` when they do not differ.
    fn cut(&mut self, members: &[[f32; D]]) -> Option<([f32; D], f32)> {
        let mut low = [f32::INFINITY; D];
        let mut high = [f32::NEG_INFINITY; D];
        for point in members {
            // All are finite: comparing is quicker than `f32::min`, which asks for numbers first.
            for (d, x) in point.iter().copied().enumerate() {
                low[d] = if x < low[d] { x } else { low[d] };
                high[d] = if x > high[d] { x } else { high[d] };
            }
        }
        let (mut varying, mut count) = ([0; D], 0);
        for d in (0..D).filter(|d| low[*d] < high[*d]) {
            varying[count] = d as u32;
            count += 1;
        }
        if count == 0 {
            return None;
        }
        let chosen = (self.shape.extension + 1).min(count);
        self.random.shuffle_front(&mut varying[..count], chosen);
        let mut normal = [0.0; D];
        let mut through = [0.0; D];
        for d in varying[..chosen].iter().map(|d| *d as usize) {
            normal[d] = self.random.gaussian();
            through[d] = low[d] + (high[d] - low[d]) * self.random.unit();
        }
        Some((normal, dot(&normal, &through)))
    }
}

/// Moves the members for which `first` holds to the front; returns how many there are. Each is
/// swapped, wherever it belongs: no processor guesses where.
fn partition<T>(members: &mut [T], first: impl Fn(&T) -> bool) -> usize {
    let mut front = 0;
    for i in 0..members.len() {
        let is_first = first(&members[i]);
        members.swap(front, i);
        front += usize::from(is_first);
    }
    front
}
