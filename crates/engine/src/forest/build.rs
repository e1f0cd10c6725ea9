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
    depth_limit: u32,
}

impl<'a, const D: usize> Builder<'a, D> {
    pub fn new(points: &'a [[f32; D]], shape: Shape, seed: u64) -> Self {
        let sample = shape.sample.clamp(2, points.len());
        Self {
            points,
            shape: Shape { sample, ..shape },
            random: Random::new(seed),
            forest: Forest { nodes: Vec::new(), roots: Vec::new(), scale: mean_path(sample) },
            // Deeper than a balanced tree of the sample nothing is anomalous any more.
            depth_limit: sample.next_power_of_two().trailing_zeros(),
        }
    }

    pub fn build(mut self) -> Forest<D> {
        let mut indices: Vec<u32> = (0..self.points.len() as u32).collect();
        for _ in 0..self.shape.trees {
            self.random.shuffle_front(&mut indices, self.shape.sample);
            let mut sample = indices[..self.shape.sample].to_vec();
            let root = self.grow(&mut sample, 0);
            self.forest.roots.push(root);
        }
        self.forest.nodes.shrink_to_fit();
        self.forest
    }

    /// Grows the tree over `members`, and returns its root's index.
    fn grow(&mut self, members: &mut [u32], depth: u32) -> u32 {
        let at = self.forest.nodes.len() as u32;
        let may_cut = depth < self.depth_limit && members.len() >= 2;
        let Some((normal, offset)) = may_cut.then(|| self.cut(members)).flatten() else {
            let depth = depth as f32 + mean_path(members.len());
            self.forest.nodes.push(Node::leaf(at, depth));
            return at;
        };
        self.forest.nodes.push(Node::leaf(at, 0.0));
        let middle = partition(members, |i| dot(&normal, &self.points[*i as usize]) < offset);
        let (below, above) = members.split_at_mut(middle);
        let left = self.grow(below, depth + 1);
        let right = self.grow(above, depth + 1);
        self.forest.nodes[at as usize] = Node::cut(normal, offset, left, right);
        at
    }

    /// A random hyperplane through the members' bounding box, over dimensions in which
    /// they differ; `None` when they do not differ.
    fn cut(&mut self, members: &[u32]) -> Option<([f32; D], f32)> {
        let mut low = [f32::INFINITY; D];
        let mut high = [f32::NEG_INFINITY; D];
        for i in members {
            for (d, x) in self.points[*i as usize].iter().enumerate() {
                low[d] = low[d].min(*x);
                high[d] = high[d].max(*x);
            }
        }
        let mut varying: Vec<u32> =
            (0..D as u32).filter(|d| low[*d as usize] < high[*d as usize]).collect();
        if varying.is_empty() {
            return None;
        }
        let chosen = (self.shape.extension + 1).min(varying.len());
        self.random.shuffle_front(&mut varying, chosen);
        let mut normal = [0.0; D];
        let mut through = [0.0; D];
        for d in varying[..chosen].iter().map(|d| *d as usize) {
            normal[d] = self.random.gaussian();
            through[d] = low[d] + (high[d] - low[d]) * self.random.unit();
        }
        Some((normal, dot(&normal, &through)))
    }
}

/// Moves the members for which `first` holds to the front; returns how many there are.
fn partition(members: &mut [u32], first: impl Fn(&u32) -> bool) -> usize {
    let mut front = 0;
    for i in 0..members.len() {
        if first(&members[i]) {
            members.swap(front, i);
            front += 1;
        }
    }
    front
}
