// Package unseen holds two sets by others, none of whose pictures was trained on, for a score
// card to be honest with: 300 photographs of clothes from Fashion-MNIST's test set (Zalando, 10
// classes) and 1,380 sketches from Quick, Draw! (Google, 345 classes). All are gray, 28 × 28, and
// dark on white.
//
// It is not training data, and no benchmark to compare with others': it is a part of each set.
// Licences and checksums stand beside the data; datasets/gen packs it.
package unseen
