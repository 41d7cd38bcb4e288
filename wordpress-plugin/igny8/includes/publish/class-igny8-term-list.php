<?php
/**
 * The terms of a payload.
 *
 * @package IGNY8
 */

/**
 * Puts parents before their children. A parent is another term of the list, or a path of names; the names of a path
 * become terms of the list themselves, which are not assigned to the post.
 */
class IGNY8_Term_List {

	/**
	 * Terms as they were read.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	private $terms = array();

	/**
	 * Keys of the terms in the list.
	 *
	 * @var array<string,true>
	 */
	private $keys = array();

	/**
	 * Adds a term.
	 *
	 * @param array<string,string> $term  The fields ref, taxonomy, name, slug and external_id.
	 * @param string|string[]      $above Ref of another term, or names from the root down; empty for none.
	 */
	public function add( $term, $above ) {
		$above = is_array( $above ) ? $this->add_path( $term['taxonomy'], $above ) : self::key( $term['taxonomy'], $above );
		$this->add_term( $term, self::key( $term['taxonomy'], $term['ref'] ), $above, true );
	}

	/**
	 * The list, parents first; otherwise in the order they came.
	 *
	 * @return array<int,array<string,mixed>> Each with key, parent (a key, or empty), assign, and orphan: its parent is
	 *                                        not in the list, or stands below the term itself.
	 */
	public function in_order() {
		$unplaced = $this->terms;
		$ordered  = array();
		$placed   = array( '' => true );
		do {
			$before = count( $unplaced );
			foreach ( $unplaced as $index => $term ) {
				if ( isset( $placed[ $term['parent'] ] ) ) {
					$placed[ $term['key'] ] = true;
					$ordered[]              = $term;
					unset( $unplaced[ $index ] );
				}
			}
			$after = count( $unplaced );
		} while ( $after > 0 && $after < $before );
		foreach ( $unplaced as $term ) {
			$ordered[] = array_merge( $term, array( 'orphan' => true ) );
		}
		return $ordered;
	}

	/**
	 * Adds the names of a path.
	 *
	 * @param string   $taxonomy Taxonomy.
	 * @param string[] $names    Names from the root down.
	 * @return string Key of the last one.
	 */
	private function add_path( $taxonomy, $names ) {
		$above = '';
		$path  = '';
		foreach ( $names as $name ) {
			$path .= "\0" . $name;
			$term  = array(
				'ref'         => '',
				'taxonomy'    => $taxonomy,
				'name'        => $name,
				'slug'        => '',
				'external_id' => '',
			);
			$this->add_term( $term, $taxonomy . $path, $above, false );
			$above = $taxonomy . $path;
		}
		return $above;
	}

	/**
	 * Puts a term in the list; of several with one key the first is the one that others mean by it.
	 *
	 * @param array<string,string> $term   Term.
	 * @param string               $key    Key.
	 * @param string               $above  Key of the parent, or empty.
	 * @param bool                 $assign Whether it is to be assigned.
	 */
	private function add_term( $term, $key, $above, $assign ) {
		if ( ! $assign && isset( $this->keys[ $key ] ) ) {
			return;
		}
		$this->keys[ $key ] = true;
		$this->terms[]      = array_merge(
			$term,
			array(
				'key'    => $key,
				'parent' => $above,
				'assign' => $assign,
				'orphan' => false,
			)
		);
	}

	/**
	 * Key of a ref.
	 *
	 * @param string $taxonomy Taxonomy.
	 * @param string $ref      Ref.
	 * @return string Empty when the ref is.
	 */
	private static function key( $taxonomy, $ref ) {
		return '' === $ref ? '' : $taxonomy . ' ' . $ref;
	}
}
